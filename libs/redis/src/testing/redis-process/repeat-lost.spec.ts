import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { resetSocket } from '../fault-proxy/reset-socket.js';
import { repeatLost } from './repeat-lost.js';
import { ConnectionLost, sendCommands, type ServerAddress } from './send-commands.js';

let server: Server;
let port: number;
let connections = 0;
/** What the server does with its connections, in their order. */
let behaviour: ((socket: Socket) => void)[] = [];

const answer = (socket: Socket): void => void socket.on('data', () => socket.write('+PONG\r\n'));
const resetAtOnce = resetSocket;
const resetAfterCommand = (socket: Socket): void => void socket.once('data', () => resetSocket(socket));
const closeAfterCommand = (socket: Socket): void => void socket.once('data', () => socket.end());

beforeEach(async () => {
  connections = 0;
  server = createServer((socket) => {
    socket.on('error', () => {});
    (behaviour[connections++] ?? answer)(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
});
afterEach(() => {
  server.close();
});

const ping = (address: Partial<ServerAddress> = {}): Promise<unknown> => sendCommands({ port, ...address }, [['PING']]);

describe.each([
  ['resets the connection', resetAfterCommand],
  ['closes the connection', closeAfterCommand],
])('a command to a server that %s instead of a reply', (_, lose) => {
  test('is sent again on a new connection if it changes nothing', async () => {
    behaviour = [lose, lose];
    expect(await repeatLost(ping, true)).toEqual(['PONG']);
    expect(connections).toBe(3);
  });

  test('is not sent again if it may have changed something', async () => {
    behaviour = [lose];
    await expect(repeatLost(ping, false)).rejects.toThrow(ConnectionLost);
    expect(connections).toBe(1);
  });

  test('rejects with the loss of the fifth connection, if all are lost', async () => {
    behaviour = Array.from({ length: 9 }, () => lose);
    await expect(repeatLost(ping, true)).rejects.toThrow(ConnectionLost);
    expect(connections).toBe(5);
  });
});

describe('a command that the server cannot have received', () => {
  test('is sent again, although it may change something', async () => {
    behaviour = [resetAtOnce, resetAtOnce];
    // The connection is lost during its TLS handshake.
    const loss = repeatLost(() => ping(connections < 2 ? { tls: {} } : {}), false);
    expect(await loss).toEqual(['PONG']);
    expect(connections).toBe(3);
  });

  test('is not sent again if nothing listens on the port', async () => {
    server.close();
    await once(server, 'close');
    let attempts = 0;
    const refused = repeatLost(() => {
      attempts++;
      return ping();
    }, true);
    await expect(refused).rejects.toThrow('ECONNREFUSED');
    expect(attempts).toBe(1);
  });
});
