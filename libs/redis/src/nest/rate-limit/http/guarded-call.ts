import type { ArgumentsHost, ExecutionContext } from '@nestjs/common';
import { isRecord } from '../../../common/records.js';
import type { GuardedRequest } from './guarded-request.js';
import { operationRequest, type GraphQlContext } from './graphql-request.js';

/** The kind of a context. `other`: a context of another package. */
export type CallKind = 'http' | 'graphql' | 'ws' | 'rpc' | 'other';

/** One execution of a handler, as the guard sees it. */
export interface GuardedCall<Context extends ArgumentsHost = ExecutionContext> {
  readonly kind: CallKind;
  readonly context: Context;
  /** The request; over WebSockets the client; in a microservice its context. */
  readonly request: GuardedRequest;
  /** The response, for headers and for its end. Undefined: there is none. */
  readonly response: object | undefined;
  /** The object that identifies the request: all fields of a GraphQL operation share one. */
  readonly memory: object;
  /** The object that identifies the execution: the same for all its guards. */
  readonly execution: object;
}

/**
 * Reads request and response from a context. Handlers of other packages have their own kind, or the kind `http` without
 * a response: nothing is read from their arguments.
 * @see https://docs.nestjs.com/graphql/other-features#execution-context for the order of a resolver's arguments
 */
export function guardedCall<Context extends ArgumentsHost>(context: Context): GuardedCall<Context> {
  const kind = context.getType<string>();
  if (kind === 'http') {
    const request = context.getArgByIndex<object>(0);
    const response = context.getArgByIndex<unknown>(1);
    if (takesHeaders(response)) return { kind, context, request, response, memory: request, execution: request };
  }
  const args: readonly unknown[] = context.getArgs();
  if (kind === 'graphql') return ofGraphQl(context, args);
  if (kind !== 'ws' && kind !== 'rpc')
    return { kind: 'other', context, request: {}, response: undefined, memory: args, execution: args };
  const request = objectAt(args, kind === 'rpc' ? 1 : 0) ?? {};
  return { kind, context, request, response: undefined, memory: args, execution: args };
}

/** Express and Node.js have `setHeader`, Fastify has `header`. */
function takesHeaders(response: unknown): response is object {
  return isRecord(response) && (typeof response.setHeader === 'function' || typeof response.header === 'function');
}

function ofGraphQl<Context extends ArgumentsHost>(context: Context, args: readonly unknown[]): GuardedCall<Context> {
  const shared: GraphQlContext = objectAt(args, 2) ?? {};
  const request = operationRequest(shared);
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
