import { ServedChild } from '../harness/child-process.mjs';
import { atMost, row } from '../harness/report.mjs';
import { interleave, medianOf, ratioOf } from '../harness/rounds.mjs';

const PROGRAM = new URL('./lookup-process.mjs', import.meta.url);
const NAMES = ['placement-table', 'hashring', 'consistent-hash'];
const LOADS = [
  { title: '100,000 keys', count: 100_000, bars: { hashring: atMost(1 / 20) } },
  { title: '1,000 keys, which the cache of hashring holds', count: 1000, bars: {} },
];

async function open(name) {
  const child = new ServedChild(PROGRAM, name);
  const label = await child.call('open', { name });
  return { label, slice: (load) => child.call('slice', load), stop: () => child.stop() };
}

async function measureLoad({ title, count, bars }, contestants, schedule) {
  const [ours, ...others] = await interleave(contestants, schedule, (each, ms) => each.slice({ count, ms }));
  const name = `lookup among 10 shards, ${title}`;
  return [
    row({ name, value: medianOf(ours, 'time'), unit: 'ns' }),
    ...others.map((slices, at) => {
      const peer = contestants[at + 1].label;
      return row({ name, value: ratioOf(ours, slices, 'time'), unit: 'x', peer, bar: bars[peer] });
    }),
  ];
}

export async function measureLookups(schedule) {
  const contestants = await Promise.all(NAMES.map(open));
  const rows = [];
  for (const load of LOADS) rows.push(...(await measureLoad(load, contestants, schedule)));
  for (const contestant of contestants) contestant.stop();
  return rows;
}
