// RedisAdapter compared with the clients and cache libraries that an application would otherwise use.
import { measureViews } from './adapter/views.mjs';
import { shareOneProcessor } from './harness/affinity.mjs';
import { openContestants } from './harness/contestant.mjs';
import { atLeast, atMost, row } from './harness/report.mjs';
import { interleave, medianOf, ratioOf } from './harness/rounds.mjs';
import { addedCpu } from './http/added-cpu.mjs';

const NAMES = ['redis-adapter', 'ioredis', 'ioredis-auto-pipelining', 'node-redis', 'cache-manager', 'bentocache'];
const HTTP_CONNECTIONS = 64;

const MEASURES = {
  median: { title: 'median latency', unit: 'µs' },
  p99: { title: 'p99 latency', unit: 'µs' },
  throughput: { title: 'throughput', unit: 'op/s' },
  cpu: { title: 'client CPU', unit: 'µs/op' },
};

const sizeName = (bytes) => (bytes < 1024 ? `${bytes} B` : `${bytes / 1024} KB`);
const loadName = ({ operation, bytes, inFlight }) => `${operation} ${sizeName(bytes)}, ${inFlight} in flight`;
const measuresOf = ({ inFlight }) => (inFlight === 1 ? ['median', 'p99', 'cpu'] : ['throughput', 'cpu']);

// The bars: the load, and per peer the measures with their limits. `everyone`: measured against the other peers too.
const BARS = [
  { operation: 'get', bytes: 240, inFlight: 1, bars: { ioredis: { median: atMost(1.08) } } },
  { operation: 'get', bytes: 240, inFlight: 32, bars: { ioredis: { throughput: atLeast(1.7) } } },
  {
    operation: 'get',
    bytes: 240,
    inFlight: 100,
    everyone: true,
    bars: {
      ioredis: { throughput: atLeast(2.5), cpu: atMost(0.35) },
      'ioredis-auto-pipelining': { throughput: atLeast(1.6) },
      'cache-manager': { throughput: atLeast(6) },
      bentocache: { throughput: atLeast(6) },
    },
  },
  { operation: 'get', bytes: 240, inFlight: 256, bars: { ioredis: { throughput: atLeast(3) } } },
  { operation: 'set', bytes: 240, inFlight: 32, bars: { ioredis: { throughput: atLeast(1.2) } } },
  { operation: 'get', bytes: 10_240, inFlight: 32, everyone: true, bars: { ioredis: { throughput: atLeast(1.1) } } },
];

const SURVEY = ['get', 'set']
  .flatMap((operation) =>
    [100, 1024, 10_240].flatMap((bytes) => [1, 32, 256].map((inFlight) => ({ operation, bytes, inFlight }))),
  )
  .filter((load) => !BARS.some((barred) => barred.everyone && loadName(barred) === loadName(load)));

// Each contestant runs this before the measurement, so that none is measured cold.
const WARM_UP = ['get', 'set'].map((operation) => ({ operation, bytes: 1024, inFlight: 32 }));

const FULL = {
  warmUpMs: 1000,
  bars: { rounds: 21, sliceMs: 100, warmUpMs: 300 },
  survey: { loads: SURVEY, rounds: 3, sliceMs: 100, warmUpMs: 50 },
  http: { rounds: 31, sliceMs: 150, warmUpMs: 2500 },
};
const QUICK = {
  warmUpMs: 500,
  bars: { rounds: 7, sliceMs: 60, warmUpMs: 150 },
  survey: { loads: SURVEY.filter(({ bytes }) => bytes === 1024), rounds: 3, sliceMs: 40, warmUpMs: 20 },
  http: { rounds: 11, sliceMs: 120, warmUpMs: 1000 },
};

/** Rows of one load: our figures, and the ratio to each peer, with its bar if it has one. */
function rowsOf(load, contestants, [ours, ...theirs]) {
  return measuresOf(load).flatMap((figure) => {
    const { title, unit } = MEASURES[figure];
    const name = `${loadName(load)}: ${title}`;
    const ratios = theirs.map((slices, index) => {
      const peer = contestants[index + 1];
      const value = ratioOf(ours, slices, figure);
      return row({ name, value, unit: 'x', peer: peer.label, bar: load.bars?.[peer.name]?.[figure] });
    });
    return [row({ name, value: medianOf(ours, figure), unit }), ...ratios];
  });
}

async function measureLoad(load, contestants, redis, schedule) {
  const { operation, bytes, inFlight } = load;
  const pids = [redis, ...contestants].map(({ pid }) => pid);
  const release = inFlight === 1 ? shareOneProcessor(pids) : () => {};
  const slice = (contestant, ms) => contestant.slice({ operation, bytes, inFlight, ms });
  const slices = await interleave(contestants, schedule, slice);
  release();
  return rowsOf(load, contestants, slices);
}

async function measureHttp(redis, schedule, peer) {
  const options = { redis, connections: HTTP_CONNECTIONS, bytes: 240, ...schedule };
  const [ours, theirs] = await addedCpu([{ name: 'redis-adapter' }, { name: 'ioredis' }], options);
  const name = `node:http, ${HTTP_CONNECTIONS} connections, a get per request: CPU it adds`;
  return [
    row({ name, value: ours, unit: 'µs/request' }),
    row({ name, value: ours / theirs, unit: 'x', peer, bar: atMost(0.45) }),
  ];
}

async function warmUp(contestants, ms) {
  for (const contestant of contestants) {
    for (const load of WARM_UP) await contestant.slice({ ...load, ms });
  }
}

export async function measure({ redis, quick, log }) {
  const schedule = quick ? QUICK : FULL;
  const contestants = await openContestants(NAMES, redis);
  await warmUp(contestants, schedule.warmUpMs);
  const rows = [];
  for (const load of BARS) {
    log(`measuring ${loadName(load)}`);
    const involved = contestants.filter(({ name }) => load.everyone || name === NAMES[0] || load.bars[name]);
    rows.push(...(await measureLoad(load, involved, redis, schedule.bars)));
  }
  log(`measuring node:http at ${HTTP_CONNECTIONS} connections`);
  rows.push(...(await measureHttp(redis, schedule.http, contestants[1].label)));
  log('measuring get and set against every peer');
  for (const load of schedule.survey.loads)
    rows.push(...(await measureLoad(load, contestants, redis, schedule.survey)));
  for (const contestant of contestants) contestant.stop();
  log('measuring with()');
  rows.push(...measureViews());
  return rows;
}
