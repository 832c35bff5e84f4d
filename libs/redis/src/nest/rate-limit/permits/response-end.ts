import type { EventEmitter } from 'node:events';

interface NodeResponse extends EventEmitter {
  readonly closed?: boolean;
  readonly destroyed?: boolean;
  readonly socket?: object | null;
  /** HTTP/2 only: its responses have neither `closed` nor `destroyed`. */
  readonly stream?: { readonly destroyed?: boolean };
  readonly req?: { readonly socket?: Connection | null };
}

interface Connection extends EventEmitter {
  readonly destroyed?: boolean;
}

/** The callbacks per connection. They share one listener, since a client may pipeline any number of requests. */
const waiting = new WeakMap<Connection, Set<() => void>>();

/** Whether the response is sent or its client has disconnected. */
export function hasEnded(response: object): boolean {
  const raw = nodeResponse(response);
  return [raw.closed, raw.destroyed, raw.stream?.destroyed, queuedOn(raw)?.destroyed].includes(true);
}

/** Calls the callback once, when the response is sent or its client has disconnected. */
export function onResponseEnd(response: object, callback: () => void): void {
  if (hasEnded(response)) return callback();
  const raw = nodeResponse(response);
  const connection = queuedOn(raw);
  const end = (): void => {
    raw.off('close', end).off('finish', end);
    if (connection !== undefined) stopWaiting(connection, end);
    callback();
  };
  raw.once('close', end).once('finish', end);
  if (connection !== undefined) waitFor(connection, end);
}

/**
 * The connection of a response that is queued behind others (HTTP pipelining). When the connection closes, Node.js
 * emits no event on such a response.
 */
function queuedOn({ socket, req }: NodeResponse): Connection | undefined {
  if (socket !== null && socket !== undefined) return undefined;
  return typeof req?.socket?.once === 'function' ? req.socket : undefined;
}

function waitFor(connection: Connection, callback: () => void): void {
  const callbacks = waiting.get(connection);
  if (callbacks !== undefined) {
    callbacks.add(callback);
    return;
  }
  const first = new Set([callback]);
  waiting.set(connection, first);
  connection.once('close', () => {
    waiting.delete(connection);
    for (const end of first) end();
  });
}

function stopWaiting(connection: Connection, callback: () => void): void {
  waiting.get(connection)?.delete(callback);
}

/** Fastify wraps the response of Node.js. Not checked: test doubles implement only what they use. */
function nodeResponse(response: object): NodeResponse {
  const { raw = response }: { readonly raw?: object } = response;
  return raw as NodeResponse;
}
