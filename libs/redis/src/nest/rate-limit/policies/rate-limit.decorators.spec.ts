import { describe, expect, test } from 'vitest';
import { RateLimit, RateLimitCost, RateLimitKey, SkipRateLimit } from './rate-limit.decorators.js';
import { metadataOf } from './rate-limit.metadata.js';

const invalid = (path: string): unknown => expect.objectContaining({ code: 'OPTION_INVALID', context: { path } });
const good = { limit: 1, window: '1m' } as const;

const BAD: readonly (readonly [path: string, () => unknown])[] = [
  ['RateLimit', () => RateLimit()],
  ['RateLimit', () => RateLimit([], {})],
  ['RateLimit', () => RateLimit('a', 'a')],
  ['RateLimit', () => RateLimit({ ...good, name: 'a' }, 'a')],
  ['RateLimit', () => RateLimit(...(['a', {}, 'b'].map((entry) => [entry]) as never as [string]))],
  ['RateLimit[0]', () => RateLimit('')],
  ['RateLimit[0]', () => RateLimit('é')],
  ['RateLimit[0]', () => RateLimit(5 as never)],
  ['RateLimit[1]', () => RateLimit('a', null as never)],
  ['RateLimit[0].limit', () => RateLimit({ window: '1m' } as never)],
  ['RateLimit[0].limit', () => RateLimit({ ...good, limit: 0 })],
  ['RateLimit[0].limit', () => RateLimit({ ...good, limit: 1.5 })],
  ['RateLimit[0].window', () => RateLimit({ limit: 1 } as never)],
  ['RateLimit[0].window', () => RateLimit({ ...good, window: '1x' as never })],
  ['RateLimit[0].window', () => RateLimit({ ...good, window: 'day' })],
  ['RateLimit[0].ttl', () => RateLimit({ ...good, ttl: 5 } as never)],
  ['RateLimit[0].name', () => RateLimit({ ...good, name: 'x'.repeat(129) })],
  ['RateLimit[0].algorithm', () => RateLimit({ ...good, algorithm: 'leaky' as never })],
  ['RateLimit[0].burst', () => RateLimit({ ...good, burst: 0 })],
  ['RateLimit[0].blockFor', () => RateLimit({ ...good, blockFor: -1 })],
  ['RateLimit[0].shadow', () => RateLimit({ ...good, shadow: 'yes' as never })],
  ['RateLimit[1].cost', () => RateLimit('a', { policy: 'b', cost: -1 })],
  ['RateLimit[1].cost', () => RateLimit('a', { policy: 'b' } as never)],
  ['RateLimit[0].costs', () => RateLimit({ policy: 'b', costs: 3 } as never)],
  ['RateLimit[0].limit', () => RateLimit({ policy: { ...good, limit: 0 }, cost: 3 })],
  ['RateLimit[0].cost', () => RateLimit({ policy: { ...good, algorithm: 'concurrency' }, cost: 3 })],
  ['RateLimit', () => RateLimit('a', { policy: 'a', cost: 3 })],
  ['RateLimit.extend', () => RateLimit([good], { extend: 1 as never })],
  ['RateLimit.extends', () => RateLimit([good], { extends: true } as never)],
  ['name', () => RateLimit([good], { instance: 'a b' })],
  ['RateLimitKey', () => RateLimitKey('ip' as never)],
  ['RateLimitCost', () => RateLimitCost(-1)],
  ['RateLimitCost', () => RateLimitCost(0.5)],
  ['RateLimitCost', () => RateLimitCost('1' as never)],
  ['SkipRateLimit[1]', () => SkipRateLimit('a', '')],
];

describe('the decorators of rate limiting', () => {
  test.each(BAD)('throw OPTION_INVALID for an invalid %s (%#)', (path, decorate) => {
    expect(decorate).toThrow(invalid(path));
  });

  test('define their arguments as metadata of a class and of a method', () => {
    const key = (): string => 'me';
    @RateLimit('login', good)
    @SkipRateLimit()
    class Cities {
      @RateLimit([{ ...good, window: 'day', algorithm: 'fixed-window' }], { extend: true, instance: 'other' })
      @RateLimitKey(key)
      @RateLimitCost(0)
      @SkipRateLimit('api')
      find(): void {}
    }
    const { find } = Cities.prototype;
    expect(metadataOf('RateLimit', Cities)).toEqual({
      policies: ['login', good],
      costs: [undefined, undefined],
      extend: false,
      instance: undefined,
    });
    expect(metadataOf('SkipRateLimit', Cities)).toBe('all');
    expect(metadataOf('RateLimit', find)).toMatchObject({
      policies: [{ window: 'day' }],
      extend: true,
      instance: 'other',
    });
    expect([metadataOf('RateLimitKey', find), metadataOf('RateLimitCost', find)]).toEqual([key, 0]);
    expect(metadataOf('SkipRateLimit', find)).toEqual(['api']);
  });

  test('of a base class apply to a class without its own', () => {
    @RateLimit('a')
    class Base {}
    class Same extends Base {}
    @RateLimit('b')
    class Own extends Base {}
    expect(metadataOf('RateLimit', Same)?.policies).toEqual(['a']);
    expect(metadataOf('RateLimit', Own)?.policies).toEqual(['b']);
  });

  test('throw when they are applied twice, or not to a class or a method', () => {
    class Twice {
      find(): void {}
    }
    RateLimit('a')(Twice);
    expect(() => RateLimit('b')(Twice)).toThrow(invalid('RateLimit'));
    expect(() => RateLimit('a')(Twice.prototype, 'missing', undefined as never)).toThrow(invalid('RateLimit'));
  });

  test('copy a policy, so that later changes have no effect', () => {
    const policy = { limit: 1, window: '1m' as const };
    class Cities {}
    RateLimit(policy)(Cities);
    policy.limit = 1000;
    expect(metadataOf('RateLimit', Cities)?.policies).toEqual([{ limit: 1, window: '1m' }]);
  });
});
