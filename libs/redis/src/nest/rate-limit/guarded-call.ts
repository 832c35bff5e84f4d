import type { ArgumentsHost, ExecutionContext } from '@nestjs/common';

/** Of what kind a context is; there are others, made by other packages. */
export type CallKind = 'http' | 'graphql' | 'ws' | 'rpc' | 'other';

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

/** One execution of a handler, as the guard sees it. */
export interface GuardedCall<Context extends ArgumentsHost = ExecutionContext> {
  readonly kind: CallKind;
  readonly context: Context;
  /** The request; over WebSockets the client, of a microservice its context. */
  readonly request: AskedRequest;
  /** Where headers go, and what is over when the answer is; undefined where there is none. */
  readonly response: object | undefined;
  /** What is one request: a GraphQL operation has one for all its fields. */
  readonly memory: object;
  /** What is one execution: the same for all guards of it. */
  readonly execution: object;
}

/** @see https://docs.nestjs.com/graphql/other-features#execution-context for the order of a resolver's arguments */
export function guardedCall<Context extends ArgumentsHost>(context: Context): GuardedCall<Context> {
  const kind = context.getType<string>();
  if (kind === 'http') {
    const request = context.getArgByIndex<object>(0);
    return {
      kind,
      context,
      request,
      response: context.getArgByIndex<object>(1),
      memory: request,
      execution: request,
    };
  }
  const args: readonly unknown[] = context.getArgs();
  if (kind === 'graphql') return ofGraphQl(context, args);
  const request = objectAt(args, kind === 'rpc' ? 1 : 0) ?? {};
  const known = kind === 'ws' || kind === 'rpc' ? kind : 'other';
  return { kind: known, context, request, response: undefined, memory: args, execution: args };
}

function ofGraphQl<Context extends ArgumentsHost>(context: Context, args: readonly unknown[]): GuardedCall<Context> {
  const shared = (objectAt(args, 2) ?? {}) as Readonly<Record<string, object | undefined>>;
  const request: AskedRequest = shared.req ?? shared.request ?? {};
  return {
    kind: 'graphql',
    context,
    request,
    response: shared.res ?? shared.reply ?? request.res,
    memory: objectAt(args, 2) ?? args,
    execution: objectAt(args, 3) ?? args,
  };
}

function objectAt(args: readonly unknown[], at: number): object | undefined {
  const arg = args[at];
  return typeof arg === 'object' && arg !== null ? arg : undefined;
}
