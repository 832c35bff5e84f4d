// What the fan-out costs: the same reads from four servers and from one.
import { ServedChild } from '../harness/child-process.mjs';
import { startRedisServer } from '../harness/redis-server.mjs';
import { atMost, row } from '../harness/report.mjs';
import { interleave, medianOf, ratioOf } from '../harness/rounds.mjs';

const PROGRAM = new URL('./read-process.mjs', import.meta.url);
const SHARDS = 4;

const MANY = {
  load: { operation: 'getMany', inFlight: 1 },
  names: ['sharded', 'one-fallback', 'one-adapter', 'one-mget'],
  bars: { 'FallbackCache on one server': atMost(1.5) },
};
const MANY_WITHOUT = {
  load: MANY.load,
  names: ['sharded-without-fallback', 'one-adapter', 'one-mget'],
  bars: { 'RedisAdapter on one server': atMost(1.5) },
};
const SINGLE = {
  load: { operation: 'get', inFlight: 100 },
  names: ['sharded', 'one-fallback'],
  bars: { 'FallbackCache on one server': atMost(1.25) },
};
const SINGLE_WITHOUT = {
  load: SINGLE.load,
  names: ['sharded-without-fallback', 'one-adapter'],
  bars: { 'RedisAdapter on one server': atMost(1.25) },
};

async function open(name, urls, index) {
  const child = new ServedChild(PROGRAM, name);
  const label = await child.call('open', { name, urls, prefix: `bench-${index}` });
  return { name, label, slice: (load) => child.call('slice', load), stop: () => child.stop() };
}

async function measureAgainst(contestants, { load, names, bars }, schedule, { title, measure, unit }) {
  const chosen = names.map((name) => contestants.find((each) => each.name === name));
  const [ours, ...others] = await interleave(chosen, schedule, (each, ms) => each.slice({ ...load, ms }));
  const name = `${chosen[0].label}${title}`;
  return [
    row({ name, value: medianOf(ours, measure), unit }),
    ...others.map((slices, at) => {
      const peer = chosen[at + 1].label;
      return row({ name, value: ratioOf(ours, slices, measure), unit: 'x', peer, bar: bars[peer] });
    }),
  ];
}

export async function measureReads(schedule) {
  const servers = await Promise.all(Array.from({ length: SHARDS }, () => startRedisServer()));
  const urls = servers.map(({ host, port }) => `redis://${host}:${port}`);
  const names = ['sharded', 'sharded-without-fallback', 'one-fallback', 'one-adapter', 'one-mget'];
  const contestants = await Promise.all(names.map((name, index) => open(name, urls, index)));
  const many = { title: `.getMany of 1,000 keys on ${SHARDS} shards`, measure: 'time', unit: 'ms' };
  const single = { title: `.get on ${SHARDS} shards, 100 in flight: client CPU`, measure: 'cpu', unit: 'µs/op' };
  try {
    return [
      ...(await measureAgainst(contestants, MANY, schedule, many)),
      ...(await measureAgainst(contestants, MANY_WITHOUT, schedule, many)),
      ...(await measureAgainst(contestants, SINGLE, schedule, single)),
      ...(await measureAgainst(contestants, SINGLE_WITHOUT, schedule, single)),
    ];
  } finally {
    for (const contestant of contestants) contestant.stop();
    await Promise.all(servers.map((server) => server.stop()));
  }
}
