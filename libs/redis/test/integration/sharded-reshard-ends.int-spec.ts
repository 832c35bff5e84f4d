import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.js';
import { startFleet } from '../support/reshard-fleet.js';
import { STAMP } from '../support/sharded.js';
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
