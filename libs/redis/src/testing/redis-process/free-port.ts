import { createServer } from 'node:net';

/** How far the port on which nodes of a cluster talk to each other lies above the port for clients. */
export const BUS_OFFSET = 10_000;

/**
 * Below the ports that systems give to outgoing connections (Linux from 32768, others from 49152), or such a connection could take
 * the port of a server while that is down; a client that tries to reach it could even connect to itself. And the ports of cluster
 * buses lie above the last, so that none of them is ever given to a server.
 */
const FIRST = 10_000;
const LAST = 19_999;
const TRIES = 500;

const given = new Set<number>();

/**
 * A port of the loopback address that is free now, and so is the one for a cluster's bus. No two calls in a process give the same;
 * another process may take it before it is used.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < TRIES; tries++) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST + 1));
    if (given.has(port)) continue;
    given.add(port);
    if ((await isFree(port)) && (await isFree(port + BUS_OFFSET))) return port;
  }
  throw new Error(`no free port found from ${FIRST} to ${LAST}`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
