import { ServedChild } from '../harness/child-process.mjs';
import { interleave, medianOf } from '../harness/rounds.mjs';

const SERVER = new URL('./server-process.mjs', import.meta.url);
const LOAD = new URL('./load-process.mjs', import.meta.url);
const WITHOUT_REDIS = undefined;

/**
 * What a client adds to the CPU of an HTTP request: the server with one read per request minus the same server without.
 * Server, load and Redis are processes of their own. Returns µs per request, one number per name.
 */
export async function addedCpu(names, { redis, connections, bytes, ...schedule }) {
  const load = new ServedChild(LOAD, 'http load');
  const servers = [WITHOUT_REDIS, ...names].map((name, index) => ({
    child: new ServedChild(SERVER, `http server with ${name ?? 'no client'}`),
    open: { name, bytes, prefix: `http-${index}`, redis: { host: redis.host, port: redis.port } },
  }));
  try {
    for (const server of servers) {
      server.port = await server.child.call('open', server.open);
      await load.call('open', { port: server.port, connections });
    }
    const [bare, ...others] = await interleave(servers, schedule, async ({ child, port }, ms) => {
      await child.call('begin');
      await load.call('run', { port, ms });
      return child.call('end');
    });
    // Medians first, then subtracted: single slices scatter by about as much as a read adds.
    return others.map((slices) => medianOf(slices, 'cpu') - medianOf(bare, 'cpu'));
  } finally {
    for (const { child } of servers) child.stop();
    load.stop();
  }
}
