import type { AskedRequest } from './guarded-request.js';

/** What integrations of GraphQL hand to resolvers. */
export interface GraphQlContext {
  readonly req?: OperationRequest | undefined;
  readonly request?: OperationRequest | undefined;
  readonly extra?: Extra | undefined;
  readonly res?: object | undefined;
  readonly reply?: object | undefined;
}

/** A request, or the connection of graphql-ws that Nest hands on in its place. */
type OperationRequest = AskedRequest & { readonly extra?: Extra | undefined };

/** Where graphql-ws keeps the request that opened the connection, and applications keep what they find out of it. */
interface Extra {
  readonly request?: AskedRequest | undefined;
  readonly user?: AskedRequest['user'];
}

/**
 * The request of a GraphQL operation. Over graphql-ws it is the HTTP request that opened the connection, with the user that a guard left on
 * the connection, or the application's `onConnect` on `extra`.
 * @see https://the-guild.dev/graphql/ws/docs/interfaces/use_ws.Extra
 */
export function operationRequest(context: GraphQlContext): AskedRequest {
  const given = context.req ?? context.request;
  const extra = given?.extra ?? (given === undefined ? context.extra : undefined);
  const opening = extra?.request;
  if (opening === undefined) return given ?? {};
  const { ip, headers, socket } = opening;
  return { ip, headers, socket, user: given?.user ?? extra?.user ?? opening.user };
}
