/** The members of a request that the guard reads, of all frameworks. Each may be absent. */
export interface GuardedRequest {
  readonly ip?: unknown;
  readonly user?: { readonly id?: unknown; readonly sub?: unknown } | undefined;
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>> | undefined;
  readonly socket?: { readonly remoteAddress?: string | undefined } | undefined;
  /** The response, in Express. */
  readonly res?: object | undefined;
  /** A socket.io client. */
  readonly handshake?: Pick<GuardedRequest, 'headers'> & { readonly address?: string | undefined };
  readonly data?: Pick<GuardedRequest, 'user'> | undefined;
  /** A `ws` client. */
  readonly _socket?: GuardedRequest['socket'];
  /** The context of a microservice over TCP. */
  readonly getSocketRef?: () => { readonly socket?: GuardedRequest['socket'] } | undefined;
}
