/** What the guard looks at of a request, whatever framework it came through. Nothing of it is taken for granted. */
export interface AskedRequest {
  readonly ip?: unknown;
  readonly user?: { readonly id?: unknown; readonly sub?: unknown } | undefined;
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>> | undefined;
  readonly socket?: { readonly remoteAddress?: string | undefined } | undefined;
  /** Of Express: the answer to it. */
  readonly res?: object | undefined;
  /** Of a socket.io client. */
  readonly handshake?: Pick<AskedRequest, 'headers'> & { readonly address?: string | undefined };
  readonly data?: Pick<AskedRequest, 'user'> | undefined;
  /** Of a `ws` client. */
  readonly _socket?: AskedRequest['socket'];
  /** Of a microservice's context over TCP. */
  readonly getSocketRef?: () => { readonly socket?: AskedRequest['socket'] } | undefined;
}
