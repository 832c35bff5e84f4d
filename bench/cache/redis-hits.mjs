import { shareOneProcessor } from '../harness/affinity.mjs';
import { openContestants } from '../harness/contestant.mjs';
import { atLeast, atMost, row } from '../harness/report.mjs';
import { interleave, medianOf, ratioOf } from '../harness/rounds.mjs';
import { addedCpu } from '../http/added-cpu.mjs';

const OURS = 'cache-service';
const HTTP_CONNECTIONS = 64;
const BYTES = 240;

const MEASURES = {
  median: { title: 'median latency', unit: 'µs' },
  throughput: { title: 'throughput', unit: 'op/s' },
  cpu: { title: 'client CPU', unit: 'µs/op' },
};

/** The loads, the measures, and the peers with their bars. */
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

async function measureLoad({ inFlight, measures, peers }, contestants, redis, schedule) {
  const involved = contestants.filter(({ name }) => name === OURS || name in peers);
  const pids = [redis, ...involved].map(({ pid }) => pid);
  const release = inFlight === 1 ? shareOneProcessor(pids) : () => {};
  const load = { operation: 'get', bytes: BYTES, inFlight };
  const [ours, ...theirs] = await interleave(involved, schedule, (contestant, ms) => contestant.slice({ ...load, ms }));
  release();
  return measures.flatMap((measure) => {
    const { title, unit } = MEASURES[measure];
    const name = `get ${BYTES} B in Redis, ${inFlight} in flight: ${title}`;
    const ratios = theirs.map((slices, index) => {
      const peer = involved[index + 1];
      const value = ratioOf(ours, slices, measure);
      return row({ name, value, unit: 'x', peer: peer.label, bar: peers[peer.name][measure] });
    });
    return [row({ name, value: medianOf(ours, measure), unit }), ...ratios];
  });
}

/** Rows of `get` without near copies: every read is answered by Redis. */
export async function measureRedisHits(redis, schedule) {
  const names = new Set([OURS, ...LOADS.flatMap(({ peers }) => Object.keys(peers))]);
  const contestants = await openContestants([...names], redis);
  const rows = [];
  for (const load of LOADS) rows.push(...(await measureLoad(load, contestants, redis, schedule)));
  for (const contestant of contestants) contestant.stop();
  return rows;
}

/** Rows of the CPU that one `get` adds to a request of a node:http server. */
export async function measureHttp(redis, schedule) {
  const options = { redis, connections: HTTP_CONNECTIONS, bytes: BYTES, ...schedule };
  const [ours, theirs] = await addedCpu([{ name: OURS }, { name: 'ioredis' }], options);
  const name = `node:http, ${HTTP_CONNECTIONS} connections, a get per request: CPU it adds`;
  return [
    row({ name, value: ours, unit: 'µs/request' }),
    row({ name, value: ours / theirs, unit: 'x', peer: 'ioredis', bar: atMost(0.45) }),
  ];
}
