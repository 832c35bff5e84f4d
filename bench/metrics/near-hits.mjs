import { ServedChild } from '../harness/child-process.mjs';
import { atMost, row } from '../harness/report.mjs';
import { differenceOf, interleave, medianOf } from '../harness/rounds.mjs';

const PROGRAM = new URL('../cache/near-process.mjs', import.meta.url);
const NAMES = ['cache-service', 'cache-service-uncounted', 'cache-service-prom-client'];

async function open(name, index, redis) {
  const child = new ServedChild(PROGRAM, name);
  await child.call('open', { name, prefix: `metrics-${index}`, redis: { host: redis.host, port: redis.port } });
  return child;
}

/** Rows of the CPU that counting adds to a near hit. */
export async function measureNearHits(redis, schedule) {
  const children = await Promise.all(NAMES.map((name, index) => open(name, index, redis)));
  const [ours, bare, prom] = await interleave(children, schedule, (child, ms) => child.call('hits', { ms }));
  for (const child of children) child.stop();
  const name = 'near hit of 240 B through getOrSet: CPU';
  return [
    row({ name, value: medianOf(ours, 'ns'), unit: 'ns' }),
    row({ name: `${name} that metrics add`, value: differenceOf(ours, bare, 'ns'), unit: 'ns', bar: atMost(20) }),
    row({ name: `${name} that prom-client adds`, value: differenceOf(prom, bare, 'ns'), unit: 'ns' }),
  ];
}
