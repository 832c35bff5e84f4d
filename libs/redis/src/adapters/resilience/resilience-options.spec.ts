import { describe, expect, test } from 'vitest';
import type { RedisInfraError } from '../../common/redis-infra.error.js';
import { resolveResilience, type ResilienceOptions } from './resilience-options.js';

const resolve = (options: unknown) => resolveResilience(options as ResilienceOptions, 'resilience');

describe('the resilience options', () => {
  test('have defaults, also for undefined members', () => {
    const defaults = {
      deadlineMs: 500,
      retry: { attempts: 2, budget: 0.1 },
      maxInFlight: 2048,
      maxQueued: 16_384,
      maxExclusive: 10,
      breaker: {
        consecutive: 3,
        ratio: 0.5,
        minimum: 20,
        windowMs: 10_000,
        probeDelayMs: 250,
        maxProbeDelayMs: 1000,
        probeTimeoutMs: 1000,
        successes: 2,
        rampUpMs: 2000,
      },
    };
    expect(resolve({})).toEqual(defaults);
    expect(
      resolve({
        deadline: undefined,
        maxInFlight: undefined,
        maxQueued: undefined,
        retry: { attempts: undefined, budget: undefined },
        breaker: { ratio: undefined, window: undefined },
      }),
    ).toEqual(defaults);
  });

  test('can switch off retries and the breaker', () => {
    expect(resolve({ retry: false, breaker: false })).toMatchObject({ retry: undefined, breaker: undefined });
  });

  test.each([
    ['resilience.deadline', { deadline: '0ms' }],
    ['resilience.deadline', { deadline: '2h' }],
    ['resilience.maxInFlight', { maxInFlight: 0 }],
    ['resilience.maxInFlight', { maxInFlight: 1.5 }],
    ['resilience.maxQueued', { maxQueued: -1 }],
    ['resilience.maxQueued', { maxQueued: 1_000_001 }],
    ['resilience.retry', { retry: true }],
    ['resilience.retry', { retry: 3 }],
    ['resilience.retry', { retry: null }],
    ['resilience.retry.attempts', { retry: { attempts: -1 } }],
    ['resilience.retry.attempts', { retry: { attempts: 11 } }],
    ['resilience.retry.budget', { retry: { budget: 1.1 } }],
    ['resilience.retry.budget', { retry: { budget: Number.NaN } }],
    ['resilience.retry.tries', { retry: { tries: 1 } }],
    ['resilience.breaker', { breaker: true }],
    ['resilience.breaker.consecutive', { breaker: { consecutive: 0 } }],
    ['resilience.breaker.ratio', { breaker: { ratio: 0 } }],
    ['resilience.breaker.ratio', { breaker: { ratio: 1.01 } }],
    ['resilience.breaker.minimum', { breaker: { minimum: 0 } }],
    ['resilience.breaker.window', { breaker: { window: '10ms' } }],
    ['resilience.breaker.probeDelay', { breaker: { probeDelay: '1ms' } }],
    ['resilience.breaker.maxProbeDelay', { breaker: { probeDelay: '2s', maxProbeDelay: '1s' } }],
    ['resilience.breaker.probeTimeout', { breaker: { probeTimeout: '2h' } }],
    ['resilience.breaker.successes', { breaker: { successes: 0 } }],
    ['resilience.breaker.rampUp', { breaker: { rampUp: -1 } }],
    ['resilience.breaker.threshold', { breaker: { threshold: 1 } }],
    ['resilience.timeout', { timeout: 1 }],
  ])('refuse an invalid %s with its path', (path, options) => {
    let error: RedisInfraError | undefined;
    try {
      resolve(options);
    } catch (thrown) {
      error = thrown as RedisInfraError;
    }
    expect(error).toMatchObject({ code: 'OPTION_INVALID', context: { path } });
  });
});
