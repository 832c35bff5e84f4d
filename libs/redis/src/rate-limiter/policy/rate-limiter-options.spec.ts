import { describe, expect, test } from 'vitest';
import { failureNow } from '../../../test/codec/support/errors-of.js';
import { resolveLimiterOptions, type RateLimiterOptions } from './rate-limiter-options.js';

const A = { name: 'a', limit: 1, window: '1s' } as const;

describe('limiter options', () => {
  test('have defaults, also for undefined values', () => {
    const resolved = { deadlineMs: 50, onError: 'local', instances: 1, denyCache: 10_000 };
    expect(resolveLimiterOptions()).toMatchObject(resolved);
    expect(resolveLimiterOptions({ deadline: undefined, onError: undefined })).toMatchObject(resolved);
    expect(Object.isFrozen(resolveLimiterOptions())).toBe(true);
  });

  test('are resolved to their values', () => {
    const options = { deadline: '1s', onError: 'closed', instances: 4, denyCache: false, policies: [A] } as const;
    const { plans, ...rest } = resolveLimiterOptions(options);
    expect(rest).toEqual({ deadlineMs: 1000, onError: 'closed', instances: 4, denyCache: 0 });
    expect(plans.of('a')[0].limit).toBe(1);
  });

  test.each([
    [{ deadlin: 1 }, 'deadlin'],
    [{ deadline: 0 }, 'deadline'],
    [{ deadline: '11s' }, 'deadline'],
    [{ deadline: 'soon' }, 'deadline'],
    [{ onError: 'throw' }, 'onError'],
    [{ instances: 0 }, 'instances'],
    [{ instances: 1.5 }, 'instances'],
    [{ denyCache: 0 }, 'denyCache'],
    [{ denyCache: true }, 'denyCache'],
    [{ denyCache: null }, 'denyCache'],
    [{ policies: A }, 'policies'],
    [{ policies: [{ ...A, limit: 0 }] }, 'policies[0].limit'],
    [{ policies: [A, A] }, 'policies[1].name'],
    [{ policies: ['a'] }, 'policies[0]'],
    [[], ''],
  ])('are refused with the path of the invalid value: %j', (options, path) => {
    const error = failureNow(() => resolveLimiterOptions(options as RateLimiterOptions));
    expect([error.code, error.context.path]).toEqual(['OPTION_INVALID', path]);
    const below = failureNow(() => resolveLimiterOptions(options as RateLimiterOptions, 'rateLimit'));
    expect(below.context.path).toBe(path === '' ? 'rateLimit' : `rateLimit.${path}`);
  });
});
