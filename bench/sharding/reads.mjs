import { ServedChild } from '../harness/child-process.mjs';
import { startRedisServer } from '../harness/redis-server.mjs';
import { atMost, row } from '../harness/report.mjs';
import { interleave, medianOf, ratioOf } from '../harness/rounds.mjs';

const PROGRAM = new URL('./read-process.mjs', import.meta.url);
const SHARDS = 4;
const IN_FLIGHT = 100;
const MANY = { operation: 'getMany' };
const SINGLE = { operation: 'get', inFlight: IN_FLIGHT };

const ADAPTER = { name: 'redis-adapter', shards: 1 };
const FALLBACK = { name: 'fallback-cache', shards: 1 };
const PLAIN = { name: 'sharded-cache-without-fallback', shards: SHARDS };
const SHARDED = { name: 'sharded-cache', shards: SHARDS };

async function open({ name, shards }, servers) {
  const child = new ServedChild(PROGRAM, name);
  const urls = servers.slice(0, shards).map(({ host, port }) => `redis://${host}:${port}`);
  const label = await child.call('open', { name, servers: urls });
  return { label, slice: (load) => child.call('slice', load), stop: () => child.stop() };
}

/** Opens contestants, measures them alternately under one load, and ends them. Returns the slices and labels. */
async function measured(list, { load, servers, schedule }) {
  const contestants = await Promise.all(list.map((each) => open(each, servers)));
  const slices = await interleave(contestants, schedule, (contestant, ms) => contestant.slice({ ...load, ms }));
  for (const contestant of contestants) contestant.stop();
  return slices.map((own, at) => ({ slices: own, label: contestants[at].label }));
}

/** The value of ours, and the ratios to the others. */
function compared(name, figure, unit, [ours, ...others], bar) {
  return [
    row({ name, value: medianOf(ours.slices, figure), unit }),
    ...others.map(({ slices, label }) =>
      row({ name, value: ratioOf(ours.slices, slices, figure), unit: 'x', peer: label, bar }),
    ),
  ];
}

async function manyKeys(servers, schedule) {
  const run = (list) => measured(list, { load: MANY, servers, schedule });
  const plain = await run([PLAIN, ADAPTER]);
  const sharded = await run([SHARDED, FALLBACK]);
  const name = `getMany of 1000 keys, ${SHARDS} shards`;
  return [
    ...compared(`${name}, no fallback: time`, 'time', 'µs', plain, atMost(1.5)),
    ...compared(`${name}, no fallback: client CPU`, 'cpu', 'µs', plain),
    ...compared(`${name}: time`, 'time', 'µs', sharded),
  ];
}

async function singleKeys(servers, schedule) {
  const run = (list) => measured(list, { load: SINGLE, servers, schedule });
  const plain = await run([PLAIN, ADAPTER]);
  const sharded = await run([SHARDED, FALLBACK]);
  const one = await run([{ ...PLAIN, shards: 1 }, ADAPTER]);
  const name = `get, ${IN_FLIGHT} in flight`;
  return [
    ...compared(`${name}, ${SHARDS} shards, no fallback: client CPU`, 'cpu', 'µs/op', plain, atMost(1.25)),
    ...compared(`${name}, ${SHARDS} shards: client CPU`, 'cpu', 'µs/op', sharded),
    ...compared(`${name}, 1 shard, no fallback: client CPU`, 'cpu', 'µs/op', one),
  ];
}

/** One client process, whose CPU is the limit: it shows what a process loses, not what the servers gain. */
async function throughputs(servers, schedule) {
  const counts = [4, 2, 1];
  const list = counts.map((shards) => ({ ...PLAIN, shards }));
  const results = await measured(list, { load: SINGLE, servers, schedule });
  const [of4, of2, of1] = results.map(({ slices }) => slices);
  const name = (count) => `throughput of one process, ${IN_FLIGHT} in flight, ${count} shards, no fallback`;
  return [
    row({ name: name(1), value: medianOf(of1, 'throughput'), unit: 'op/s' }),
    row({ name: name(2), value: ratioOf(of2, of1, 'throughput'), unit: 'x', peer: '1 shard' }),
    row({ name: name(4), value: ratioOf(of4, of1, 'throughput'), unit: 'x', peer: '1 shard' }),
  ];
}

/** Reads over several servers of this machine. */
export async function measureReads(schedule, log) {
  const servers = await Promise.all(Array.from({ length: SHARDS }, () => startRedisServer()));
  try {
    const rows = [];
    for (const [title, measure] of [
      ['getMany', manyKeys],
      ['get', singleKeys],
      ['throughput', throughputs],
    ]) {
      log(`measuring ${title} over ${SHARDS} servers`);
      rows.push(...(await measure(servers, schedule)));
    }
    return rows;
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}
