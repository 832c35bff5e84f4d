import type { Socket } from 'node:net';

/** Ends a connection abruptly: the other side sees `ECONNRESET`. One that is still being made is given up. */
export function resetSocket(socket: Socket): void {
  if (socket.destroyed) return;
  // Its own reset would wait for the connection first, and a frozen server may never take it.
  if (socket.connecting) socket.destroy();
  else socket.resetAndDestroy();
}
