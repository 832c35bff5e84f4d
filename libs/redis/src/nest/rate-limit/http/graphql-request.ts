import type { GuardedRequest } from './guarded-request.js';

/** The context that GraphQL integrations pass to resolvers. */
export interface GraphQlContext {
  readonly req?: OperationRequest | undefined;
  readonly request?: OperationRequest | undefined;
  readonly extra?: Extra | undefined;
  readonly res?: object | undefined;
  readonly reply?: object | undefined;
}

/** A request, or the graphql-ws connection that Nest passes instead. */
type OperationRequest = GuardedRequest & { readonly extra?: Extra | undefined };

/** Holds the request that opened the graphql-ws connection, and data that the application adds. */
interface Extra {
  readonly request?: GuardedRequest | undefined;
  readonly user?: GuardedRequest['user'];
}

/**
 * The request of a GraphQL operation. Over graphql-ws it is the HTTP request that opened the connection, with the user
 * that a guard sets on the connection, or that `onConnect` sets on `extra`.
 * @see https://the-guild.dev/graphql/ws/docs/interfaces/use_ws.Extra
 */
export function operationRequest(context: GraphQlContext): GuardedRequest {
  const contextRequest = context.req ?? context.request;
  const extra = contextRequest?.extra ?? (contextRequest === undefined ? context.extra : undefined);
  const upgradeRequest = extra?.request;
  if (upgradeRequest === undefined) return contextRequest ?? {};
  const { ip, headers, socket } = upgradeRequest;
  return { ip, headers, socket, user: contextRequest?.user ?? extra?.user ?? upgradeRequest.user };
}
