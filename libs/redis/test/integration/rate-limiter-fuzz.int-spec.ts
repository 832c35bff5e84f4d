import { expect, test } from 'vitest';
import { OPERATIONS } from '../../src/rate-limiter/policy/limiter-call.js';
import { fuzzOnServer } from '../rate-limit/fuzz/fuzz-on-server.js';

/** The same in every run of the suite; `npm run fuzz:rate-limit` takes others. */
const SEED = 50_001;
const CASES = 300;

test(`decide.lua and its twin say the same to the microsecond at random moments (seed ${SEED})`, async () => {
  const outcomes = await fuzzOnServer({ seed: SEED, cases: CASES });
  // Where nothing is ever refused, or nothing late, there is nothing to tell apart.
  for (const operation of Object.keys(OPERATIONS)) expect(outcomes.get(`${operation}: yes`)).toBeGreaterThan(10);
  for (const outcome of ['consume: no', 'renew: no', 'consume: late', 'consume: calendar'])
    expect(outcomes.get(outcome)).toBeGreaterThan(5);
});
