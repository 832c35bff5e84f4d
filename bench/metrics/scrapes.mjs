import { ServedChild } from '../harness/child-process.mjs';
import { atMost, row } from '../harness/report.mjs';
import { medianOf } from '../harness/rounds.mjs';

const PROGRAM = new URL('./scrape-process.mjs', import.meta.url);

/** Rows of a scrape of an application with default options: how many series it has, and the CPU that it takes. */
export async function measureScrapes(redis, { warmUp, count }) {
  const child = new ServedChild(PROGRAM, 'scrapes');
  const series = await child.call('open', { host: redis.host, port: redis.port });
  const scrapes = [];
  for (let i = 0; i < warmUp; i++) await child.call('scrape');
  for (let i = 0; i < count; i++) scrapes.push(await child.call('scrape'));
  child.stop();
  return [
    row({
      name: 'series of an application with one cache and one policy',
      value: series,
      unit: 'series',
      bar: atMost(400),
    }),
    row({ name: 'scrape of these series: CPU', value: medianOf(scrapes, 'ms'), unit: 'ms', bar: atMost(5) }),
  ];
}
