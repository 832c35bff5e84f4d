import { ServedChild } from '../harness/child-process.mjs';
import { interleave, medianOf } from '../harness/rounds.mjs';

const SERVER = new URL('./server-process.mjs', import.meta.url);
const LOAD = new URL('./load-process.mjs', import.meta.url);
const WITHOUT_REDIS = {};

/**
 * What a client adds to the CPU of an HTTP request: the server with one read per request minus the same server without.
 * Returns µs per request, one number per variant.
 */
export async function addedCpu(variants, options) {
  const [bare, ...others] = await cpuSlices(variants, options);
  // Medians first, then subtracted: single slices scatter by about as much as a read adds.
  return others.map((slices) => medianOf(slices, 'cpu') - medianOf(bare, 'cpu'));
}

/**
 * CPU per HTTP request, in slices in turn: of the server that is told nothing, then of each variant, which is what `open` of `program`
 * is told beside the rest. Server, load and Redis are processes of their own. `hasOwnAddresses`: each connection comes from an address
 * of its own, where the system has them; `answersVary`: in their length.
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
