import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { resetSocket } from './reset-socket.js';

let server: Server;
let peer: Socket;
let socket: Socket;

beforeEach(async () => {
  server = createServer({ allowHalfOpen: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  socket = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', allowHalfOpen: true });
  const connected = once(socket, 'connect');
  [peer] = (await once(server, 'connection')) as [Socket];
  await connected;
});
afterEach(() => {
  socket.destroy();
  peer.destroy();
  server.close();
});

/** Resolves with the way in which the peer sees the connection end. */
async function endAtPeer(): Promise<unknown> {
  const ended = once(peer, 'close').then(() => 'orderly');
  const failed = new Promise((resolve) => peer.on('error', (error: NodeJS.ErrnoException) => resolve(error.code)));
  peer.resume();
  return Promise.race([failed, ended]);
}

describe('resetSocket', () => {
  test('resets an open connection', async () => {
    const end = endAtPeer();
    resetSocket(socket);
    expect(await end).toBe('ECONNRESET');
  });

  test('resets and closes a connection with one half ending', async () => {
    const failures: unknown[] = [];
    socket.on('error', (error) => failures.push(error));
    const closed = once(socket, 'close');
    const ended = once(peer.resume(), 'end');
    socket.end();
    resetSocket(socket);
    await Promise.all([closed, ended]);
    expect(failures).toEqual([]);
    const failed = once(peer, 'error');
    peer.write('x');
    expect(await failed).toMatchObject([{ syscall: 'write' }]);
  });

  test('closes a connection with one half ending while the peer reads nothing', async () => {
    peer.pause();
    socket.on('error', () => {});
    const closed = once(socket, 'close');
    socket.write(Buffer.alloc(20_000_000));
    socket.end();
    resetSocket(socket);
    await closed;
    expect(socket.destroyed).toBe(true);
  });
});
