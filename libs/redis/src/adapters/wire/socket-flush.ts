/** How far the bytes that were written to a socket have come. */
export interface SocketFlush {
  /** Bytes that have left the process, of this socket, ever. */
  readonly leftBytes: number;
  /** Bytes that still wait in the process. */
  readonly waitingBytes: number;
}

/**
 * Reads how much of what was written has left the process. The public `bytesWritten` and `writableLength` count a long write as a whole,
 * done or not done; the handle of the socket, on which Node's own idle timer of sockets relies, shows how far it is. Under TLS that is
 * the handle below, which writes what was encrypted.
 * @returns undefined where the stream has no such handle
 * @see https://github.com/nodejs/node/blob/v20.19.0/lib/net.js (Socket.prototype._onTimeout)
 * @see https://github.com/nodejs/node/blob/v20.19.0/lib/_tls_wrap.js (TLSSocket.prototype._wrapHandle)
 */
export function socketFlush(stream: object): SocketFlush | undefined {
  const handle = member(stream, '_handle');
  const { bytesWritten, writeQueueSize } = Object(member(handle, '_parent') ?? handle);
  if (typeof bytesWritten !== 'number' || typeof writeQueueSize !== 'number') return undefined;
  return { leftBytes: bytesWritten - writeQueueSize, waitingBytes: writeQueueSize };
}

function member(owner: unknown, name: string): unknown {
  return typeof owner === 'object' && owner !== null ? Reflect.get(owner, name) : undefined;
}
