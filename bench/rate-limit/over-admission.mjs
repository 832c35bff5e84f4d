import { ServedChild } from '../harness/child-process.mjs';
import { atLeast, exactly, row } from '../harness/report.mjs';
import { gcraBound, mostOver, windowBound } from './admissions.mjs';

const PROGRAM = new URL('./admission-process.mjs', import.meta.url);
const PROCESSES = 4;
const IN_FLIGHT = 16;
const START_IN_MS = 200;
const WINDOW_MS = 1000;
const LIMIT = 1000;
const BURST = 50;

const CASES = [
  {
    policy: { name: 'api', limit: LIMIT, window: `${WINDOW_MS}ms`, burst: BURST },
    title: 'gcra',
    bound: gcraBound({ limit: LIMIT, burst: BURST, windowMs: WINDOW_MS }),
    granted: (spanMs) => BURST + (LIMIT / WINDOW_MS) * spanMs,
    used: { title: 'refill used', bar: atLeast(0.98) },
  },
  {
    policy: { name: 'login', limit: LIMIT, window: `${WINDOW_MS}ms`, algorithm: 'sliding-window' },
    title: 'sliding-window',
    bound: windowBound({ limit: LIMIT, windowMs: WINDOW_MS }),
    // The first window fills immediately, and then slides.
    granted: (spanMs) => LIMIT + (LIMIT / WINDOW_MS) * Math.max(0, spanMs - WINDOW_MS),
    used: { title: 'limit used' },
  },
];

/**
 * All processes start together; the span from the first request to the last reply contains everything that could be
 * granted.
 */
async function take(children, policy, ms) {
  const clocks = await Promise.all(children.map((child) => child.call('now')));
  const load = {
    policy,
    subject: `hot-${policy.name}`,
    inFlight: IN_FLIGHT,
    startMs: Math.max(...clocks) + START_IN_MS,
    ms,
  };
  const seen = await Promise.all(children.map((child) => child.call('take', load)));
  const spanMs = Math.max(...seen.map(({ lastMs }) => lastMs)) - Math.min(...seen.map(({ firstMs }) => firstMs));
  const elsewhere = seen.reduce((total, each) => total + each.elsewhere, 0);
  return { admissions: seen.flatMap(({ admissions }) => admissions), spanMs, elsewhere };
}

function rowsOf({ title, bound, granted, used }, runs) {
  const name = `${PROCESSES} processes on one key, ${title}`;
  const over = Math.max(...runs.map(({ admissions }) => mostOver(admissions, bound)));
  const elsewhere = runs.reduce((total, each) => total + each.elsewhere, 0);
  const share = Math.min(...runs.map(({ admissions, spanMs }) => admissions.length / granted(spanMs)));
  return [
    row({ name: `${name}: admitted over the guarantee`, value: over, unit: 'tokens', bar: exactly(0) }),
    row({ name: `${name}: ${used.title}`, value: share, unit: 'share', bar: used.bar }),
    row({ name: `${name}: decisions made without Redis`, value: elsewhere, unit: 'calls', bar: exactly(0) }),
  ];
}

/** The worst excess of all runs, and the lowest granted share. */
export async function measureOverAdmission(redis, { runs, ms }, log) {
  const children = Array.from({ length: PROCESSES }, (_, index) => new ServedChild(PROGRAM, `process ${index + 1}`));
  await Promise.all(children.map((child) => child.call('open', { url: `redis://${redis.host}:${redis.port}` })));
  const rows = [];
  for (const each of CASES) {
    log(`measuring ${PROCESSES} processes on one key, ${each.title}`);
    const results = [];
    for (let run = 0; run < runs; run++) {
      const policy = { ...each.policy, name: `${each.policy.name}-${run}` };
      results.push(await take(children, policy, ms));
    }
    rows.push(...rowsOf(each, results));
  }
  for (const child of children) child.stop();
  return rows;
}
