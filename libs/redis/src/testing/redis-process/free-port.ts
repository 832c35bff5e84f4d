import { createServer } from 'node:net';

/** The distance from a node's client port to the port of its cluster bus. */
export const BUS_OFFSET = 10_000;

/**
 * The range lies below the ephemeral ports (Linux from 32768, others from 49152). Otherwise an outgoing connection
 * could take the port of a server that is down, and a client that tries to reach the server could even connect to
 * itself. The ports of cluster buses lie above the range, so no server gets one of them.
 */
const FIRST = 10_000;
const LAST = 19_999;
const MAX_TRIES = 500;

const triedPorts = new Set<number>();

/**
 * Returns a port of the loopback address that is free now, as is the matching port for a cluster bus. Every call in a
 * process returns a different port. Another process may take the port before it is used.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST + 1));
    if (triedPorts.has(port)) continue;
    triedPorts.add(port);
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
