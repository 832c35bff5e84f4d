import { shareOneProcessor } from '../harness/affinity.mjs';
import { ServedChild } from '../harness/child-process.mjs';
import { KEYS } from '../harness/data-set.mjs';
import { atLeast, atMost, row } from '../harness/report.mjs';
import { interleave, medianOf, ratioOf } from '../harness/rounds.mjs';
import { ONE, policiesTitle, THREE } from './policies.mjs';

const PROGRAM = new URL('./limiter-process.mjs', import.meta.url);
const NAMES = ['rate-limiter', 'rate-limiter-flexible', 'rate-limiter-flexible-auto-pipelining', 'nestjs-throttler'];

const MEASURES = {
  throughput: { title: 'throughput', unit: 'decisions/s' },
  median: { title: 'median latency', unit: 'µs' },
  p99: { title: 'p99 latency', unit: 'µs' },
  cpu: { title: 'client CPU', unit: 'µs/decision' },
};

const isNotHigher = atMost(1);
// Decisions without Redis happen when the machine stalls past a deadline; beyond this share the rows would not be
// comparable.
const MAX_ELSEWHERE = 0.01;

// The bars: the load, and per peer the measures with their limits. Every peer is measured at each load.
const LOADS = [
  { policies: ONE, keys: KEYS, inFlight: 1, bars: { 'rate-limiter-flexible': { throughput: atLeast(0.9) } } },
  {
    policies: ONE,
    keys: KEYS,
    inFlight: 64,
    bars: { 'rate-limiter-flexible': { throughput: atLeast(2.5), p99: isNotHigher } },
  },
  {
    policies: ONE,
    keys: KEYS,
    inFlight: 256,
    bars: { 'rate-limiter-flexible': { throughput: atLeast(3), p99: isNotHigher } },
  },
  { policies: ONE, keys: 1, inFlight: 64, bars: { 'rate-limiter-flexible': { throughput: atLeast(5) } } },
  {
    policies: THREE,
    keys: KEYS,
    inFlight: 64,
    bars: { 'rate-limiter-flexible': { throughput: atLeast(5) }, 'nestjs-throttler': { throughput: atLeast(5) } },
  },
];

// Each contestant runs this before the measurement, so that none is measured cold.
const WARM_UP = [
  { policies: ONE, keys: KEYS, inFlight: 1 },
  { policies: ONE, keys: KEYS, inFlight: 64 },
  { policies: THREE, keys: KEYS, inFlight: 64 },
];

const keysTitle = (keys) => (keys === 1 ? 'one hot key' : `${keys} keys`);
const loadName = ({ policies, keys, inFlight }) =>
  `${policiesTitle(policies)}, ${keysTitle(keys)}, ${inFlight} in flight`;

async function openLimiter(name, index, { host, port }) {
  const child = new ServedChild(PROGRAM, name);
  const argument = { name, prefix: `bench-${index}`, redis: { host, port }, policyLists: [ONE, THREE] };
  return { name, label: await child.call('open', argument), child };
}

/** Rows of one load: our figures, and the ratio to each peer, with its bar if it has one. */
function rowsOf(load, limiters, [ours, ...theirs]) {
  return Object.entries(MEASURES).flatMap(([figure, { title, unit }]) => {
    const name = `${loadName(load)}: ${title}`;
    const ratios = theirs.map((slices, index) => {
      const peer = limiters[index + 1];
      const bar = load.bars[peer.name]?.[figure];
      return row({ name, value: ratioOf(ours, slices, figure), unit: 'x', peer: peer.label, bar });
    });
    return [row({ name, value: medianOf(ours, figure), unit }), ...ratios];
  });
}

async function measureLoad(load, limiters, redis, schedule) {
  const { policies, keys, inFlight } = load;
  const pids = [redis.pid, ...limiters.map(({ child }) => child.pid)];
  const release = inFlight === 1 ? shareOneProcessor(pids) : () => {};
  const slice = ({ child }, ms) => child.call('slice', { policies, keys, inFlight, ms });
  const slices = await interleave(limiters, schedule, slice);
  release();
  return slices;
}

async function warmUp(limiters, ms) {
  for (const { child } of limiters) {
    for (const load of WARM_UP) await child.call('slice', { ...load, ms });
  }
}

function elsewhereRow(slices) {
  const sum = (figure) => slices.reduce((total, slice) => total + slice[figure], 0);
  const value = sum('elsewhere') / (sum('elsewhere') + sum('decided'));
  return row({ name: 'of all these: decisions made without Redis', value, unit: 'share', bar: atMost(MAX_ELSEWHERE) });
}

/** Allowed decisions: throughput, latency, and the CPU of the calling process. */
export async function measureDecisions(redis, schedule, log) {
  const limiters = await Promise.all(NAMES.map((name, index) => openLimiter(name, index, redis)));
  await warmUp(limiters, schedule.openingMs);
  const rows = [];
  const ours = [];
  for (const load of LOADS) {
    log(`measuring ${loadName(load)}`);
    const slices = await measureLoad(load, limiters, redis, schedule);
    rows.push(...rowsOf(load, limiters, slices));
    ours.push(...slices[0]);
  }
  for (const { child } of limiters) child.stop();
  return [...rows, elsewhereRow(ours)];
}
