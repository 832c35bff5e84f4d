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

/** Counts the calls of the callback. */
function countEnds(response: object): () => number {
  let ends = 0;
  onResponseEnd(response, () => ends++);
  return () => ends;
}

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('onResponseEnd()', () => {
  test('calls back once when the response is sent', async () => {
    const responses: (() => number)[] = [];
    const server = createServer((_, response) => {
      responses.push(countEnds(response));
      response.end('done');
    });
    await (await fetch(`http://127.0.0.1:${await portOf(server)}`)).text();
    await tick();
    expect(responses.map((ends) => ends())).toEqual([1]);
  });

  test('calls back when the connection closes, also for responses queued on it, with a shared listener', async () => {
    const responses: ServerResponse[] = [];
    const server = createServer((_, response) => void responses.push(response));
    const socket = connect(await portOf(server), '127.0.0.1');
    const count = 20;
    for (let i = 0; i < count; i++) socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    while (responses.length < count) await tick();
    const ends = responses.map(countEnds);
    const connection = responses[0]?.socket;
    expect(connection?.listenerCount('close')).toBeLessThan(count);
    socket.destroy();
    while (connection?.destroyed !== true) await tick();
    await tick();
    expect(ends.map((end) => end())).toEqual(Array.from({ length: count }, () => 1));
    expect(responses.map((response) => [hasEnded(response), countEnds(response)()])).toEqual(
      Array.from({ length: count }, () => [true, 1]),
    );
  });

  test('calls back once for a queued response that is sent', async () => {
    const exchanges: (readonly [IncomingMessage, ServerResponse])[] = [];
    const server = createServer((request, response) => void exchanges.push([request, response]));
    const socket = connect(await portOf(server), '127.0.0.1');
    for (let i = 0; i < 2; i++) socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    while (exchanges.length < 2) await tick();
    const ends = exchanges.map(([, response]) => countEnds(response));
    for (const [, response] of exchanges) response.end('done');
    while (ends.some((end) => end() === 0)) await tick();
    socket.destroy();
    await once(socket, 'close');
    await tick();
    expect(ends.map((end) => end())).toEqual([1, 1]);
  });

  test('calls back for an HTTP/2 response whose stream is already closed', async () => {
    const responses: object[] = [];
    const server = createHttp2Server((_, response) => void responses.push(response));
    const session = connectHttp2(`http://127.0.0.1:${await portOf(server)}`);
    const stream = session.request({ ':path': '/' });
    while (responses.length === 0) await tick();
    const [response = {}] = responses;
    expect(hasEnded(response)).toBe(false);
    stream.close();
    while (!hasEnded(response)) await tick();
    expect(countEnds(response)()).toBe(1);
    session.destroy();
  });
});
