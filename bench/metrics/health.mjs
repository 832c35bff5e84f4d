// What health checks of a required Redis answer during outages, over HTTP, and how long they take.
import { FaultProxy, RedisServer } from '../../libs/redis/dist/esm/testing.js';
import { ensureRedisServer } from '../../scripts/ensure-redis-server.mjs';
import { ServedChild } from '../harness/child-process.mjs';
import { atMost, exactly, row } from '../harness/report.mjs';
import { median } from '../harness/statistics.mjs';
import { OUTAGES } from '../resilience/go-through.mjs';

const PROGRAM = new URL('./health-process.mjs', import.meta.url);
const WITHIN_MS = 20_000;
const AWAY = { forMs: 4000, everyMs: 50 };

/** One run of an application through an outage, with a server of its own. */
async function goThrough({ title, begin, end }) {
  process.env.REDIS_SERVER_BIN = await ensureRedisServer();
  const server = await RedisServer.start();
  const proxy = await FaultProxy.start(server);
  const application = new ServedChild(PROGRAM, title);
  try {
    await application.call('open', { redisUrl: proxy.url });
    await application.call('until', { code: 200, withinMs: WITHIN_MS });
    await begin({ server, proxy });
    const noticedMs = await application.call('until', { code: 503, withinMs: WITHIN_MS });
    const { live, ready } = await application.call('watch', AWAY);
    await end({ server, proxy });
    const backMs = await application.call('until', { code: 200, withinMs: WITHIN_MS });
    const slowest = (answers) => Math.max(...answers.map(({ ms }) => ms));
    const wrong = (answers, code) => answers.filter((answer) => answer.code !== code).length;
    return {
      noticedMs,
      liveMs: slowest(live),
      readyMs: slowest(ready),
      wrong: wrong(live, 200) + wrong(ready, 503),
      backMs,
    };
  } finally {
    application.stop();
    await proxy.stop();
    await server.stop();
  }
}

/** Rows per outage: the worst of `runs` runs, and the median of the times until it is noticed and over. */
export async function measureHealth(runs, log) {
  const rows = [];
  for (const outage of OUTAGES) {
    const { title } = outage;
    log(`measuring health checks while ${title}`);
    const results = [];
    for (let run = 0; run < runs; run++) results.push(await goThrough(outage));
    const all = (figure) => results.map((result) => result[figure]);
    const worst = (figure) => Math.max(...all(figure));
    rows.push(
      row({
        name: `${title}: wrong answers of live and ready`,
        value: worst('wrong'),
        unit: 'answers',
        bar: exactly(0),
      }),
      row({ name: `${title}: slowest answer of live`, value: worst('liveMs'), unit: 'ms' }),
      row({ name: `${title}: slowest answer of ready`, value: worst('readyMs'), unit: 'ms', bar: atMost(500) }),
      row({ name: `${title}: ready is 503 after`, value: median(all('noticedMs')), unit: 'ms' }),
      row({ name: `${title}: ready is 200 again after`, value: median(all('backMs')), unit: 'ms', bar: atMost(2000) }),
    );
  }
  return rows;
}
