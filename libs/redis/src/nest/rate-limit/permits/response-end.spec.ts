import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2';
import { connect, type AddressInfo, type Server } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { hasEnded, onResponseEnd } from './response-end.js';

let servers: Server[] = [];

afterEach(() => {
  for (const server of servers) server.close();
  servers = [];
});

async function portOf(server: Server): Promise<number> {
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}

/** Calls back as many times as the response ends. */
function counted(response: object): () => number {
  let ends = 0;
  onResponseEnd(response, () => ends++);
  return () => ends;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the end of a response', () => {
  test('comes once where it is sent', async () => {
    const responses: (() => number)[] = [];
    const server = createServer((_, response) => {
      responses.push(counted(response));
      response.end('done');
    });
    await (await fetch(`http://127.0.0.1:${await portOf(server)}`)).text();
    await turn();
    expect(responses.map((ends) => ends())).toEqual([1]);
  });

  test('comes with the connection, also for all that wait behind another on it', async () => {
    const responses: ServerResponse[] = [];
    const server = createServer((_, response) => void responses.push(response));
    const socket = connect(await portOf(server), '127.0.0.1');
    const count = 20;
    for (let i = 0; i < count; i++) socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    while (responses.length < count) await turn();
    const ends = responses.map(counted);
    const connection = responses[0]?.socket;
    expect(connection?.listenerCount('close')).toBeLessThan(count);
    socket.destroy();
    while (connection?.destroyed !== true) await turn();
    await turn();
    expect(ends.map((end) => end())).toEqual(Array.from({ length: count }, () => 1));
    expect(responses.map((response) => [hasEnded(response), counted(response)()])).toEqual(
      Array.from({ length: count }, () => [true, 1]),
    );
  });

  test('comes for a response that waited, and was sent in its turn', async () => {
    const asked: (readonly [IncomingMessage, ServerResponse])[] = [];
    const server = createServer((request, response) => void asked.push([request, response]));
    const socket = connect(await portOf(server), '127.0.0.1');
    for (let i = 0; i < 2; i++) socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    while (asked.length < 2) await turn();
    const ends = asked.map(([, response]) => counted(response));
    for (const [, response] of asked) response.end('done');
    while (ends.some((end) => end() === 0)) await turn();
    socket.destroy();
    await once(socket, 'close');
    await turn();
    expect(ends.map((end) => end())).toEqual([1, 1]);
  });

  test('is seen of HTTP/2 where its stream was closed before', async () => {
    const responses: object[] = [];
    const server = createHttp2Server((_, response) => void responses.push(response));
    const session = connectHttp2(`http://127.0.0.1:${await portOf(server)}`);
    const stream = session.request({ ':path': '/' });
    while (responses.length === 0) await turn();
    const [response = {}] = responses;
    expect(hasEnded(response)).toBe(false);
    stream.close();
    while (!hasEnded(response)) await turn();
    expect(counted(response)()).toBe(1);
    session.destroy();
  });
});
