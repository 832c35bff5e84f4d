// RateLimiter and RateLimitGuard compared with rate-limiter-flexible and @nestjs/throttler: speed, cost, admissions,
// and outages of Redis.
import { measureDecisions } from './rate-limit/decisions.mjs';
import { measureGuard } from './rate-limit/guard.mjs';
import { measureLimiterOutages } from './rate-limit/outages.mjs';
import { measureOverAdmission } from './rate-limit/over-admission.mjs';

const FULL = {
  decisions: { rounds: 21, sliceMs: 100, warmUpMs: 500, openingMs: 1000 },
  overAdmission: { runs: 3, ms: 5000 },
  guard: { rounds: 41, sliceMs: 120, warmUpMs: 2500 },
  outageRuns: 3,
};
const QUICK = {
  decisions: { rounds: 7, sliceMs: 60, warmUpMs: 200, openingMs: 500 },
  overAdmission: { runs: 1, ms: 3000 },
  guard: { rounds: 15, sliceMs: 100, warmUpMs: 500, openingMs: 1000 },
  outageRuns: 1,
};

export async function measure({ redis, quick, log }) {
  const schedule = quick ? QUICK : FULL;
  const rows = await measureDecisions(redis, schedule.decisions, log);
  rows.push(...(await measureGuard(redis, schedule.guard, log)));
  rows.push(...(await measureOverAdmission(redis, schedule.overAdmission, log)));
  rows.push(...(await measureLimiterOutages(schedule.outageRuns, log)));
  return rows;
}
