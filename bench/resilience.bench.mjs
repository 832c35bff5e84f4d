// The cost of the resilience features with a healthy Redis, compared with other circuit breakers, and the effect of
// outages on callers.
import { ServedChild } from './harness/child-process.mjs';
import { openContestants } from './harness/contestant.mjs';
import { atMost, row } from './harness/report.mjs';
import { interleave, medianOf, ratioOf } from './harness/rounds.mjs';
import { measureOutages } from './resilience/outages.mjs';

const READERS = ['redis-adapter', 'coalesced-ioredis', 'ioredis'];
const READ = { operation: 'get', bytes: 240, inFlight: 100 };
const READ_BARS = { 'coalesced-ioredis': atMost(1.1), ioredis: atMost(1.02) };
const BREAKERS = ['redis-adapter', 'cockatiel', 'opossum'];
const WINDOWS = ['node-guard', 'cockatiel', 'opossum'];
const BREAKER_PROGRAM = new URL('./resilience/breaker-process.mjs', import.meta.url);
const FEW = 1000;
const MANY = 500_000;

const FULL = {
  reads: { rounds: 31, sliceMs: 100, warmUpMs: 1000 },
  refusals: { rounds: 21, sliceMs: 50, warmUpMs: 500 },
  failures: { rounds: 3, count: 20 },
  outageRuns: 3,
};
const QUICK = {
  reads: { rounds: 9, sliceMs: 60, warmUpMs: 400 },
  refusals: { rounds: 7, sliceMs: 20, warmUpMs: 100 },
  failures: { rounds: 1, count: 5 },
  outageRuns: 1,
};

async function measureReads(redis, schedule) {
  const contestants = await openContestants(READERS, redis);
  const slices = await interleave(contestants, schedule, (contestant, ms) => contestant.slice({ ...READ, ms }));
  for (const contestant of contestants) contestant.stop();
  const [ours, ...theirs] = slices;
  const name = `get ${READ.bytes} B, ${READ.inFlight} in flight, with circuit, deadline, limit and retry: client CPU`;
  return [
    row({ name, value: medianOf(ours, 'cpu'), unit: 'µs/op' }),
    ...theirs.map((slice, index) => {
      const peer = contestants[index + 1];
      return row({ name, value: ratioOf(ours, slice, 'cpu'), unit: 'x', peer: peer.label, bar: READ_BARS[peer.name] });
    }),
  ];
}

async function openBreaker(name) {
  const child = new ServedChild(BREAKER_PROGRAM, name);
  return { child, label: await child.call('open', { name }) };
}

async function measureRefusals(schedule) {
  const breakers = await Promise.all(BREAKERS.map(openBreaker));
  const [ours, ...theirs] = await interleave(breakers, schedule, ({ child }, ms) => child.call('refuse', { ms }));
  for (const { child } of breakers) child.stop();
  const name = 'a call refused while the circuit is open';
  return [
    row({ name, value: medianOf(ours, 'refused'), unit: 'µs' }),
    ...theirs.map((slices, index) => {
      const peer = breakers[index + 1].label;
      return row({ name, value: ratioOf(ours, slices, 'refused'), unit: 'x', peer, bar: atMost(1 / 3) });
    }),
  ];
}

/** Runs in a new process each time, with an empty window. */
async function failIn(name, calls, failures) {
  const { child, label } = await openBreaker(name);
  try {
    return { label, ...(await child.call('fail', { calls, failures })) };
  } finally {
    child.stop();
  }
}

async function measureFailures({ rounds, count }) {
  const few = WINDOWS.map(() => []);
  const many = WINDOWS.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, name] of WINDOWS.entries()) {
      few[index].push(await failIn(name, FEW, count));
      many[index].push(await failIn(name, MANY, count));
    }
  }
  const name = `a failing call, ${MANY.toLocaleString('en')} calls in the window`;
  const growth = WINDOWS.map((_, index) => ratioOf(many[index], few[index], 'failed'));
  return [
    row({ name, value: medianOf(many[0], 'failed'), unit: 'µs' }),
    ...WINDOWS.slice(1).map((_, index) =>
      row({ name, value: ratioOf(many[0], many[index + 1], 'failed'), unit: 'x', peer: many[index + 1][0].label }),
    ),
    ...growth.map((value, index) =>
      row({
        name: `${many[index][0].label}: a failing call, ${MANY.toLocaleString('en')} calls in the window against ${FEW.toLocaleString('en')}`,
        value,
        unit: 'x',
        ...(index === 0 ? { bar: atMost(1.5) } : {}),
      }),
    ),
  ];
}

export async function measure({ redis, quick, log }) {
  const schedule = quick ? QUICK : FULL;
  log('measuring reads with a healthy Redis');
  const rows = await measureReads(redis, schedule.reads);
  log('measuring refusals');
  rows.push(...(await measureRefusals(schedule.refusals)));
  log('measuring failing calls');
  rows.push(...(await measureFailures(schedule.failures)));
  rows.push(...(await measureOutages(schedule.outageRuns, log)));
  return rows;
}
