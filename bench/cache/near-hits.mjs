import { ServedChild } from '../harness/child-process.mjs';
import { atMost, below, row } from '../harness/report.mjs';
import { interleave, medianOf, ratioOf } from '../harness/rounds.mjs';

const PROGRAM = new URL('./near-process.mjs', import.meta.url);
/** The first is ours, which all others are compared with. */
const NAMES = [
  'cache-service',
  'lru-cache',
  'bentocache',
  'layered-loader',
  'node-redis',
  'cacheable',
  'cache-manager',
  'async-cache-dedupe',
];
/** Other uses of CacheService, without a peer. */
const VARIANTS = ['cache-service-options', 'cache-service-copies'];
const BARS = { 'lru-cache': atMost(4), bentocache: below(1), 'layered-loader': below(1), 'node-redis': below(1) };
const NAME = 'near hit of 240 B through getOrSet, shared: CPU';

async function open(name, index, redis) {
  const child = new ServedChild(PROGRAM, name);
  const parts = { name, prefix: `near-${index}`, redis: { host: redis.host, port: redis.port } };
  return { name, child, label: await child.call('open', parts) };
}

/** Rows of a hit in the memory of the process. Bars apply to caches that see the writes of other processes. */
export async function measureNearHits(redis, schedule) {
  const caches = await Promise.all([...NAMES, ...VARIANTS].map((name, index) => open(name, index, redis)));
  const slices = await interleave(caches, schedule, ({ child }, ms) => child.call('hits', { ms }));
  for (const { child } of caches) child.stop();
  const [ours] = slices;
  const rows = [row({ name: NAME, value: medianOf(ours, 'ns'), unit: 'ns' })];
  for (const [index, { name, label }] of caches.entries()) {
    if (index === 0) continue;
    if (VARIANTS.includes(name))
      rows.push(row({ name: `near hit: ${label}`, value: medianOf(slices[index], 'ns'), unit: 'ns' }));
    else
      rows.push(
        row({ name: NAME, value: ratioOf(ours, slices[index], 'ns'), unit: 'x', peer: label, bar: BARS[name] }),
      );
  }
  return rows;
}
