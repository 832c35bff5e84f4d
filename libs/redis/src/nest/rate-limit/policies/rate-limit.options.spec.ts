import { describe, expect, test } from 'vitest';
import { resolveRateLimitOptions } from './rate-limit.options.js';

const policies = [{ name: 'api', limit: 1, window: '1m' }] as const;
const resolve = (options: object): unknown => resolveRateLimitOptions(options, 'rateLimit');

describe('the option rateLimit', () => {
  test('has defaults, and passes the options of the limiter on', () => {
    expect(resolve({})).toEqual({ limiter: {}, policies: new Map(), default: [], key: 'ip', headers: 'draft' });
    const key = (): string => 'me';
    expect(resolve({ policies, default: ['api'], key, headers: false, instances: 3, deadline: '20ms' })).toEqual({
      limiter: { policies, instances: 3, deadline: '20ms' },
      policies: new Map([['api', policies[0]]]),
      default: ['api'],
      key,
      headers: false,
    });
  });

  const bad: readonly (readonly [path: string, object])[] = [
    ['rateLimit.ttl', { ttl: 1 }],
    ['rateLimit.key', { key: 'session' }],
    ['rateLimit.key', { key: null }],
    ['rateLimit.headers', { headers: true }],
    ['rateLimit.policies', { policies: {} }],
    ['rateLimit.default', { default: 'api', policies }],
    ['rateLimit.default[1]', { default: ['api', 'login'], policies }],
    ['rateLimit.default[1]', { default: ['api', 'api'], policies }],
  ];
  test.each(bad)('throws OPTION_INVALID for an invalid %s', (path, options) => {
    expect(() => resolve(options)).toThrow(expect.objectContaining({ code: 'OPTION_INVALID', context: { path } }));
  });
});
