import type { Socket } from 'node:net';

/** How long one half of a connection may take to end. It takes one tick, unless the peer reads nothing. */
const END_MS = 100;

/** Ends a connection abruptly: the other side sees `ECONNRESET`. A pending connection attempt is aborted. */
export function resetSocket(socket: Socket): void {
  if (socket.destroyed) return;
  // resetAndDestroy() would wait for the connection first, and a frozen server may never accept it.
  if (socket.connecting) socket.destroy();
  else if (isEnding(socket)) resetOnceEnded(socket);
  else socket.resetAndDestroy();
}

/**
 * While one half is ending, libuv refuses a reset (EINVAL), and Node then drops the handle without closing it: `close`
 * is never emitted, and the process spins at exit.
 * @see https://docs.libuv.org/en/v1.x/tcp.html#c.uv_tcp_close_reset
 */
function isEnding({ writableEnded, writableFinished }: Socket): boolean {
  return writableEnded && !writableFinished;
}

function resetOnceEnded(socket: Socket): void {
  const timer = setTimeout(() => socket.destroy(), END_MS);
  socket.once('close', () => clearTimeout(timer));
  socket.once('finish', () => {
    if (!socket.destroyed) socket.resetAndDestroy();
  });
}
