/** The progress of the bytes written to a socket. */
export interface SocketFlush {
  /** Bytes that have left the process since the socket was opened. */
  readonly flushedBytes: number;
  /** Bytes that are still buffered in the process. */
  readonly bufferedBytes: number;
}

/**
 * Reads how many of the written bytes have left the process. The public `bytesWritten` and `writableLength` count a
 * long write as done or not done as a whole. The handle of the socket shows its progress; Node's own idle timer of
 * sockets relies on it. Under TLS it is the parent handle, which writes the encrypted bytes.
 * @returns undefined if the stream has no such handle
 * @see https://github.com/nodejs/node/blob/v20.19.0/lib/net.js (Socket.prototype._onTimeout)
 * @see https://github.com/nodejs/node/blob/v20.19.0/lib/_tls_wrap.js (TLSSocket.prototype._wrapHandle)
 */
export function socketFlush(stream: object): SocketFlush | undefined {
  const handle = member(stream, '_handle');
  const { bytesWritten, writeQueueSize } = Object(member(handle, '_parent') ?? handle);
  if (typeof bytesWritten !== 'number' || typeof writeQueueSize !== 'number') return undefined;
  return { flushedBytes: bytesWritten - writeQueueSize, bufferedBytes: writeQueueSize };
}

function member(owner: unknown, name: string): unknown {
  return typeof owner === 'object' && owner !== null ? Reflect.get(owner, name) : undefined;
}
