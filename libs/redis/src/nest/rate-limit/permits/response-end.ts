import type { EventEmitter } from 'node:events';

interface NodeResponse extends EventEmitter {
  readonly closed?: boolean;
  readonly destroyed?: boolean;
  readonly socket?: object | null;
  /** Of HTTP/2, whose responses have neither `closed` nor `destroyed`. */
  readonly stream?: { readonly destroyed?: boolean };
  readonly req?: { readonly socket?: Connection | null };
}

interface Connection extends EventEmitter {
  readonly destroyed?: boolean;
}

/** The callbacks that wait for a connection: one listener for all of them, since a client pipelines as many requests as it likes. */
const waiting = new WeakMap<Connection, Set<() => void>>();

/** Whether nothing more of the response can be sent. */
export function hasEnded(response: object): boolean {
  const raw = nodeResponse(response);
  return [raw.closed, raw.destroyed, raw.stream?.destroyed, queuedOn(raw)?.destroyed].includes(true);
}

/** Calls back once, as soon as the response is sent or its client has disconnected. */
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
 * The connection of a response that is queued behind others (HTTP pipelining). Node.js emits no event on such a response when the
 * connection closes.
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
    for (const each of first) each();
  });
}

function stopWaiting(connection: Connection, callback: () => void): void {
  waiting.get(connection)?.delete(callback);
}

/** Fastify wraps the response of Node.js. */
function nodeResponse(response: object): NodeResponse {
  return ((response as { raw?: object }).raw ?? response) as NodeResponse;
}
