import { setTimeout as sleep } from 'node:timers/promises';
import { FaultProxy, RedisServer } from '../../libs/redis/dist/testing.js';
import { ensureRedisServer } from '../../scripts/ensure-redis-server.mjs';
import { ServedChild } from '../harness/child-process.mjs';
import { atMost, exactly, row } from '../harness/report.mjs';
import { median } from '../harness/statistics.mjs';

const PROGRAM = new URL('./outage-process.mjs', import.meta.url);
const BEFORE_MS = 500;
const AWAY_MS = 2000;
const OPEN_WITHIN_MS = 5000;

/** How Redis goes away, and how it comes back. */
const OUTAGES = [
  { title: 'Redis is killed', begin: ({ server }) => server.kill(), end: ({ server }) => server.restart() },
  { title: 'Redis is frozen', begin: ({ server }) => server.freeze(), end: ({ server }) => server.thaw() },
  { title: 'the network swallows all', begin: ({ proxy }) => proxy.blackHole(), end: ({ proxy }) => proxy.heal() },
];

async function untilOpen(application) {
  const endMs = performance.now() + OPEN_WITHIN_MS;
  while (!(await application.call('isOpen'))) {
    if (performance.now() > endMs) throw new Error('the circuit did not open');
    await sleep(5);
  }
}

async function goThrough({ title, begin, end }) {
  const server = await RedisServer.start();
  const proxy = await FaultProxy.start(server);
  const application = new ServedChild(PROGRAM, title);
  try {
    await application.call('open', { url: proxy.url });
    await sleep(BEFORE_MS);
    await begin({ server, proxy });
    await untilOpen(application);
    await sleep(AWAY_MS);
    await end({ server, proxy });
    const backMs = await application.call('answeredAfterMs', { sinceMs: Date.now() });
    return { ...(await application.call('report')), backMs };
  } finally {
    application.stop();
    await proxy.stop();
    await server.stop();
  }
}

/** Rows per outage: medians of so many runs, each with servers and an application of its own; of what may never happen, the worst. */
export async function measureOutages(runs, say) {
  process.env.REDIS_SERVER_BIN = await ensureRedisServer();
  const rows = [];
  for (const outage of OUTAGES) {
    say(`measuring what callers see while ${outage.title}`);
    const results = [];
    for (let run = 0; run < runs; run++) results.push(await goThrough(outage));
    const all = (figure) => results.map((result) => result[figure]);
    const { title } = outage;
    rows.push(
      row({
        name: `${title}: calls that never settled`,
        value: Math.max(...all('unsettled')),
        unit: 'calls',
        bar: exactly(0),
      }),
      row({
        name: `${title}: most a call was past its deadline`,
        value: Math.max(0, ...all('mostOverdueMs')),
        unit: 'ms',
        bar: atMost(50),
      }),
      row({
        name: `${title}: a refusal, 99th percentile`,
        value: median(all('refusedP99Ms')),
        unit: 'ms',
        bar: atMost(1),
      }),
      row({ name: `${title}: back in service after`, value: median(all('backMs')), unit: 'ms', bar: atMost(2000) }),
    );
  }
  return rows;
}
