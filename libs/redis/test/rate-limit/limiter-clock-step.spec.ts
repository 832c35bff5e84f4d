import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Clock } from '../../src/common/clock.js';
import { RedisInfraError } from '../../src/common/redis-infra.error.js';
import { MemoryAdapter, RateLimiter, type RateLimitPolicy } from '../../src/index.js';
import { CountedScripts } from '../support/counted-scripts.js';

const DAY_MS = 86_400_000;
const STEPS: [string, number][] = [
  ['a day forward', DAY_MS],
  ['a day back', -DAY_MS],
];
const POLICIES: RateLimitPolicy[] = [
  { name: 'gcra', limit: 2, window: '1h' },
  { name: 'sliding', limit: 2, window: '1h', algorithm: 'sliding-window' },
  { name: 'fixed', limit: 2, window: '30d', algorithm: 'fixed-window' },
];

/** Spends the limit, steps the clock, and returns the decisions after the step: of the same subject, and of a new one. */
async function decideAcrossStep(limiter: RateLimiter, policy: RateLimitPolicy, step: () => void): Promise<boolean[]> {
  for (const subject of ['s', 's']) await limiter.consume(policy, subject);
  step();
  const decisions = [];
  for (const subject of ['s', 't', 't', 't']) decisions.push((await limiter.consume(policy, subject)).allowed);
  return decisions;
}

describe.each(POLICIES)(
  'when the wall clock steps, a $name limit neither admits too much nor refuses too long',
  (policy) => {
    test.each(STEPS)('on the embedded store: %s', async (_, stepMs) => {
      let aheadMs = 0;
      const clock: Clock = { monotonicMs: () => performance.now(), wallMs: () => Date.now() + aheadMs };
      const limiter = new RateLimiter(new MemoryAdapter({}, clock), { denyCache: false, deadline: '5s' });
      const decisions = await decideAcrossStep(limiter, policy, () => (aheadMs = stepMs));
      expect(decisions).toEqual([false, true, true, false]);
    });

    describe('while the server is unavailable', () => {
      afterEach(() => void vi.useRealTimers());

      test.each(STEPS)('in local decisions: %s', async (_, stepMs) => {
        vi.useFakeTimers({ toFake: ['Date'] });
        const scripts = new CountedScripts(new MemoryAdapter());
        scripts.before = () => {
          throw new RedisInfraError('CONNECTION_FAILED', 'no server');
        };
        const limiter = new RateLimiter(scripts.store, { denyCache: false });
        const decisions = await decideAcrossStep(limiter, policy, () => vi.setSystemTime(Date.now() + stepMs));
        expect(decisions).toEqual([false, true, true, false]);
      });
    });
  },
);
