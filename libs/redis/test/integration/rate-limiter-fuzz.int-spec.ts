import { expect, test } from 'vitest';
import { OPERATIONS } from '../../src/rate-limiter/policy/limiter-call.js';
import { fuzzOnServer } from '../rate-limit/fuzz/fuzz-on-server.js';

/** Fixed for the suite; `npm run fuzz:rate-limit` uses random seeds. */
const SEED = 50_001;
const CASES = 300;
const TIMEOUT_MS = 60_000;

test(
  `decide.lua and its twin return identical replies at random moments (seed ${SEED})`,
  async () => {
    const outcomes = await fuzzOnServer({ seed: SEED, cases: CASES });
    // The comparison is meaningful only if the cases contain refusals and late requests.
    for (const operation of Object.keys(OPERATIONS)) expect(outcomes.get(`${operation}: yes`)).toBeGreaterThan(10);
    for (const outcome of ['consume: no', 'renew: no', 'consume: late', 'consume: calendar'])
      expect(outcomes.get(outcome)).toBeGreaterThan(5);
  },
  TIMEOUT_MS,
);
