import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.js';
import { startFleet } from '../support/reshard-fleet.js';
import { keyOn, STAMP } from '../support/sharded.js';
import { codeOf, resourcesPerTest } from '../support/started.js';

const started = resourcesPerTest();
const STAMPED = `p:${STAMP}`;

test('a further reshard begins although the last process entered phase 3 while another one was in phase 2', async () => {
  const { after, process, servers } = await startFleet(started, [3, 2]);
  const [stopping, last] = [process(), process()];
  await stopping.reshard(after, { phase: 1 });
  await stopping.reshard(after, { phase: 2 });
  await last.reshard(after, { phase: 2 });
  await eventually(async () => (await servers[0]?.command('ZCARD', `${STAMPED}-processes`)) === 2);
  await last.reshard(after, { phase: 3 });
  const later = process(after);
  const spare = await started.server();
  const further = [...after, { id: 'spare', connection: spare.url }];
  expect(await codeOf(later.reshard(further, { phase: 1 }))).toBe('OPTION_INVALID');
  await stopping.disconnect();
  await later.reshard(further, { phase: 1 });
  const [stamp, ofSpare] = await Promise.all([servers[0]?.command('GET', STAMPED), spare.command('GET', STAMPED)]);
  const { topology, next } = JSON.parse(String(ofSpare)) as Record<string, unknown>;
  expect(JSON.parse(String(stamp))).toMatchObject({ topology, next, least: 0, phase: 1 });
}, 60_000);

test('disconnect() ends a reshard in its grace period and those that wait, and leaves no connection', async () => {
  const { after, process, servers } = await startFleet(started, [2, 3]);
  const cache = process();
  await cache.reshard(after, { phase: 1 });
  const [running, waiting] = ([2, 3] as const).map((phase) => codeOf(cache.reshard(after, { phase })));
  const isNarrowed = async (): Promise<boolean> =>
    String(await servers[0]?.command('GET', STAMPED)).includes('"phase":1,"least":1');
  await eventually(isNarrowed);
  await cache.disconnect();
  // In the grace period still, so that nothing keeps the process alive.
  expect(await isNarrowed()).toBe(true);
  expect([await running, await waiting]).toEqual(['CLOSED', 'CLOSED']);
  expect(await codeOf(cache.reshard(after, { phase: 2 }))).toBe('CLOSED');
  expect(Object.values(cache.status()).map(({ state }) => state)).toEqual(['closed', 'closed', 'closed']);
  await cache.connect();
  await cache.reshard(after, { phase: 2 });
}, 60_000);

test('a shard that owns a key again and is killed does not answer with a copy from before the changes meanwhile', async () => {
  const options = { onShardDown: 'fallback', resilience: { deadline: '500ms' } } as const;
  const { after, before, process, servers } = await startFleet(started, [2, 3], options);
  const [cache, target] = [process(), process(after)];
  const key = keyOn(target, 's2');
  const owner = servers[before.findIndex(({ id }) => id === cache.locate(key).shard)];
  await cache.connect();
  await cache.set(key, 'old', '10m');
  // The second read asks for the time to live of the copy; without it a copy is not used.
  let reads = 0;
  await eventually(async () => (await cache.get(key)) === 'old' && ++reads > 20);
  for (const phase of [1, 2, 3] as const) await cache.reshard(after, { phase });
  await cache.set(key, 'new', '10m');
  for (const phase of [1, 2, 3] as const) await cache.reshard(before, { phase });
  await owner?.kill();
  expect(await cache.get(key)).toBeUndefined();
}, 60_000);
