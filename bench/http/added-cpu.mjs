import { ServedChild } from '../harness/child-process.mjs';
import { interleave, medianOf } from '../harness/rounds.mjs';

const SERVER = new URL('./server-process.mjs', import.meta.url);
const LOAD = new URL('./load-process.mjs', import.meta.url);
const WITHOUT_REDIS = {};

/**
 * The CPU that a client adds to an HTTP request: the server with one read per request minus the same server without.
 * Returns µs per request, one number per variant.
 */
export async function addedCpu(variants, options) {
  const [bare, ...others] = await cpuSlices(variants, options);
  // Take medians first and subtract them: single slices vary by about as much as a read adds.
  return others.map((slices) => medianOf(slices, 'cpu') - medianOf(bare, 'cpu'));
}

/**
 * CPU per HTTP request, in alternating slices: of the server without a client, then of each variant. `open` of
 * `program` gets the variant with the other options. Server, load and Redis are separate processes. `hasOwnAddresses`:
 * each connection has a different source address, if the system has them; `answersVary`: responses have different
 * lengths.
 */
export async function cpuSlices(variants, options) {
  const { program = SERVER, redis, connections, bytes, hasOwnAddresses = false, answersVary = false } = options;
  const load = new ServedChild(LOAD, 'http load');
  const servers = [WITHOUT_REDIS, ...variants].map((variant, index) => ({
    child: new ServedChild(program, `http server with ${variant.name ?? 'no client'}`),
    open: { ...variant, bytes, prefix: `http-${index}`, redis: { host: redis.host, port: redis.port } },
  }));
  try {
    for (const server of servers) {
      server.port = await server.child.call('open', server.open);
      await load.call('open', { port: server.port, connections, hasOwnAddresses, answersVary });
    }
    return await interleave(servers, options, async ({ child, port }, ms) => {
      await child.call('begin');
      await load.call('run', { port, ms });
      return child.call('end');
    });
  } finally {
    for (const { child } of servers) child.stop();
    load.stop();
  }
}
