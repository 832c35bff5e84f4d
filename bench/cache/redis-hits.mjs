import { shareOneProcessor } from '../harness/affinity.mjs';
import { openContestants } from '../harness/contestant.mjs';
import { atLeast, atMost, row } from '../harness/report.mjs';
import { interleave, medianOf, ratioOf } from '../harness/rounds.mjs';
import { addedCpu } from '../http/added-cpu.mjs';

const OURS = 'cache-service';
/** What the cache engine costs by itself. */
const WITHOUT_FALLBACK = 'cache-service-without-fallback';
const OUR_NAMES = [OURS, WITHOUT_FALLBACK];
const HTTP_CONNECTIONS = 64;
const BYTES = 240;

const MEASURES = {
  median: { title: 'median latency', unit: 'µs' },
  throughput: { title: 'throughput', unit: 'op/s' },
  cpu: { title: 'client CPU', unit: 'µs/op' },
};

/** The loads, the measures, and the peers with their bars, which apply to CacheService with its defaults. */
const LOADS = [
  {
    inFlight: 1,
    measures: ['median'],
    peers: { ioredis: { median: atMost(1.08) }, 'redis-adapter': {} },
  },
  {
    inFlight: 100,
    measures: ['throughput', 'cpu'],
    peers: {
      ioredis: { throughput: atLeast(2.5) },
      'redis-adapter': { cpu: atMost(1.15) },
      'cache-manager': { throughput: atLeast(6) },
      bentocache: { throughput: atLeast(6) },
      'node-redis': {},
    },
  },
];

/** The bars of CacheService without a fallback. */
const BARS_WITHOUT_FALLBACK = { 'redis-adapter': { cpu: atMost(1.15) } };

function rowsOf({ title, ours, others, measures, bars }) {
  return measures.flatMap((measure) => {
    const name = `${title}: ${MEASURES[measure].title}`;
    const ratios = others.map((peer) => {
      const value = ratioOf(ours.slices, peer.slices, measure);
      return row({ name, value, unit: 'x', peer: peer.label, bar: bars[peer.name]?.[measure] });
    });
    return [row({ name, value: medianOf(ours.slices, measure), unit: MEASURES[measure].unit }), ...ratios];
  });
}

async function measureLoad({ inFlight, measures, peers }, contestants, redis, schedule) {
  const involved = contestants.filter(({ name }) => OUR_NAMES.includes(name) || name in peers);
  const pids = [redis, ...involved].map(({ pid }) => pid);
  const release = inFlight === 1 ? shareOneProcessor(pids) : () => {};
  const load = { operation: 'get', bytes: BYTES, inFlight };
  const slices = await interleave(involved, schedule, (contestant, ms) => contestant.slice({ ...load, ms }));
  release();
  const measured = involved.map(({ name, label }, index) => ({ name, label, slices: slices[index] }));
  const [ours, alone, ...others] = measured;
  const title = `get ${BYTES} B in Redis, ${inFlight} in flight`;
  return [
    ...rowsOf({ title, ours, others, measures, bars: peers }),
    ...rowsOf({ title: `${title}, no fallback`, ours: alone, others, measures, bars: BARS_WITHOUT_FALLBACK }),
  ];
}

/** Rows of `get` without near copies: every read is answered by Redis. */
export async function measureRedisHits(redis, schedule) {
  const names = new Set([...OUR_NAMES, ...LOADS.flatMap(({ peers }) => Object.keys(peers))]);
  const contestants = await openContestants([...names], redis);
  const rows = [];
  for (const load of LOADS) rows.push(...(await measureLoad(load, contestants, redis, schedule)));
  for (const contestant of contestants) contestant.stop();
  return rows;
}

/** Rows of the CPU that one `get` adds to a request of a node:http server. */
export async function measureHttp(redis, schedule) {
  const options = { redis, connections: HTTP_CONNECTIONS, bytes: BYTES, ...schedule };
  const names = [...OUR_NAMES, 'ioredis'].map((name) => ({ name }));
  const [ours, alone, theirs] = await addedCpu(names, options);
  const name = `node:http, ${HTTP_CONNECTIONS} connections, a get per request: CPU it adds`;
  return [
    row({ name, value: ours, unit: 'µs/request' }),
    row({ name, value: ours / theirs, unit: 'x', peer: 'ioredis', bar: atMost(0.45) }),
    row({ name: `${name}, no fallback`, value: alone, unit: 'µs/request' }),
    row({ name: `${name}, no fallback`, value: alone / theirs, unit: 'x', peer: 'ioredis' }),
  ];
}
