import { describe, expect, test } from 'vitest';
import { failureNow } from '../../../test/codec/support/errors-of.js';
import { POLICY_OPTIONS, compilePolicy, shareOf } from './compiled-policy.js';
import type { RateLimitPolicy } from './rate-limit-policy.js';

const GCRA = { name: 'n', limit: 10, window: '10s' } as const;
const FIXED = { ...GCRA, algorithm: 'fixed-window' } as const;
const PERMITS = { ...GCRA, algorithm: 'concurrency' } as const;
const compile = (policy: object): ReturnType<typeof compilePolicy> => compilePolicy(policy as RateLimitPolicy, 'p');

describe('compilePolicy', () => {
  test('defaults to gcra with the limit as its burst, and freezes the policy', () => {
    const policy = compile({ ...GCRA, burst: undefined, algorithm: undefined, shadow: undefined });
    expect(policy).toMatchObject({ algorithm: 'gcra', burst: 10, windowMs: 10_000, blockUs: 0, shadow: false });
    expect(policy).toMatchObject({ calendar: undefined, lease: undefined });
    expect(Object.isFrozen(policy)).toBe(true);
  });

  test('resolves every option', () => {
    const options = { burst: 3, blockFor: '1.5ms', shadow: true };
    expect(compile({ ...GCRA, ...options })).toMatchObject({ burst: 3, blockUs: 1500, shadow: true });
    expect(compile({ ...GCRA, lease: {} }).lease).toEqual({ size: 2, ttlMs: 1000 });
    expect(compile({ ...GCRA, limit: 1000, window: '500ms', lease: {} }).lease).toEqual({ size: 100, ttlMs: 500 });
    expect(compile({ ...FIXED, window: 'week', timeZone: 'Europe/Zurich' }).windowMs).toBe(7 * 86_400_000);
    expect(compile({ ...FIXED, window: '2d', timeZone: 'UTC' }).calendar?.windowMs).toBe(2 * 86_400_000);
    expect(compile({ ...FIXED, window: '2d' }).calendar).toBeUndefined();
    expect(compile({ ...PERMITS, limit: 1000 }).limit).toBe(1000);
  });

  test.each([
    [undefined, 'p'],
    ['n', 'p'],
    [[], 'p'],
    [{ ...GCRA, limits: 1 }, 'p.limits'],
    [{ ...GCRA, name: undefined }, 'p.name'],
    [{ ...GCRA, name: '' }, 'p.name'],
    [{ ...GCRA, name: 'ü' }, 'p.name'],
    [{ ...GCRA, name: 'a\nb' }, 'p.name'],
    [{ ...GCRA, name: 'x'.repeat(129) }, 'p.name'],
    [{ ...GCRA, limit: 0 }, 'p.limit'],
    [{ ...GCRA, limit: 1.5 }, 'p.limit'],
    [{ ...GCRA, limit: '10' }, 'p.limit'],
    [{ ...GCRA, limit: 1_000_000_001 }, 'p.limit'],
    [{ ...PERMITS, limit: 1001 }, 'p.limit'],
    [{ ...GCRA, window: undefined }, 'p.window'],
    [{ ...GCRA, window: 0 }, 'p.window'],
    [{ ...GCRA, window: 0.0005 }, 'p.window'],
    [{ ...GCRA, window: '1.5ms' }, 'p.window'],
    [{ ...GCRA, window: '4000d' }, 'p.window'],
    [{ ...GCRA, window: 'day' }, 'p.window'],
    [{ ...FIXED, window: 'decade' }, 'p.window'],
    [{ ...FIXED, window: '36h', timeZone: 'UTC' }, 'p.window'],
    [{ ...GCRA, algorithm: 'leaky' }, 'p.algorithm'],
    [{ ...GCRA, burst: 0 }, 'p.burst'],
    [{ ...FIXED, burst: 10 }, 'p.burst'],
    [{ ...GCRA, blockFor: 0 }, 'p.blockFor'],
    [{ ...GCRA, blockFor: 'ever' }, 'p.blockFor'],
    [{ ...PERMITS, blockFor: '1s' }, 'p.blockFor'],
    [{ ...GCRA, shadow: 1 }, 'p.shadow'],
    [{ ...GCRA, timeZone: 'UTC' }, 'p.timeZone'],
    [{ ...FIXED, timeZone: 'Europe/Nowhere' }, 'p.timeZone'],
    [{ ...FIXED, window: 'day', timeZone: '' }, 'p.timeZone'],
    [{ ...GCRA, timeZone: null }, 'p.timeZone'],
    [{ ...FIXED, lease: {} }, 'p.lease'],
    [{ ...GCRA, lease: true }, 'p.lease'],
    [{ ...GCRA, lease: {}, blockFor: '1s' }, 'p.lease'],
    [{ ...GCRA, lease: { count: 1 } }, 'p.lease.count'],
    [{ ...GCRA, lease: { size: 1 } }, 'p.lease.size'],
    [{ ...GCRA, lease: { size: 11 } }, 'p.lease.size'],
    [{ ...GCRA, lease: { ttl: '11s' } }, 'p.lease.ttl'],
    [{ ...GCRA, limit: 999_999_937, window: '3650d' }, 'p.limit'],
  ])('refuses an invalid policy with the path of the value: %j', (policy, path) => {
    const { code, context } = failureNow(() => compile(policy as object));
    expect([code, context.path]).toEqual(['OPTION_INVALID', path]);
  });

  test('lists every option in POLICY_OPTIONS', () => {
    const all: Required<RateLimitPolicy> = {
      ...GCRA,
      algorithm: 'gcra',
      burst: 1,
      blockFor: 1,
      shadow: true,
      timeZone: 'UTC',
      lease: {},
    };
    expect([...POLICY_OPTIONS].sort()).toEqual(Object.keys(all).sort());
  });
});

describe('the gcra bucket', () => {
  test.each([
    ['10 in 10 s', { ...GCRA }, { capacity: 10_000_000, tokenCost: 1_000_000, leakPerTick: 1, tickUs: 1 }],
    [
      '3 in 1 s',
      { ...GCRA, limit: 3, window: '1s' },
      { capacity: 3_000_000, tokenCost: 1_000_000, leakPerTick: 3, tickUs: 1 },
    ],
    [
      '7777 in 30 days',
      { ...GCRA, limit: 7777, window: '30d' },
      { capacity: 20_157_984_000_000, tokenCost: 2_592_000_000, leakPerTick: 7777, tickUs: 1000 },
    ],
  ])('has integer units for %s', (_, policy, bucket) => {
    expect(compile(policy).bucket).toEqual(bucket);
  });

  test('stays within safe integers including a debt of one burst, or the policy is refused', () => {
    for (const limit of [1, 7, 97, 9973, 999_983, 999_999_937]) {
      for (const window of ['1ms', '1s', '61s', '1h', '1d', '31d']) {
        let bucket;
        try {
          bucket = compile({ ...GCRA, limit, window }).bucket;
        } catch {
          continue;
        }
        const windowMs = compile({ ...GCRA, limit: 1, window }).windowMs;
        expect(4 * bucket.capacity).toBeLessThanOrEqual(Number.MAX_SAFE_INTEGER);
        expect(bucket.leakPerTick / bucket.tokenCost).toBeCloseTo((limit * bucket.tickUs) / (windowMs * 1000), 12);
        expect([bucket.capacity, bucket.tokenCost, bucket.leakPerTick].every(Number.isSafeInteger)).toBe(true);
      }
    }
  });
});

describe('shareOf', () => {
  test('divides limit and burst by the instances, and leaves at least one token', () => {
    const policy = compile({ ...GCRA, limit: 10, burst: 30 });
    expect(shareOf(policy, 1)).toBe(policy);
    expect(shareOf(policy, 4)).toMatchObject({
      name: 'n',
      limit: 2,
      burst: 7,
      windowMs: 10_000,
      bucket: { leakPerTick: 1, tokenCost: 5_000_000 },
    });
    expect(shareOf(policy, 100)).toMatchObject({ limit: 1, burst: 1 });
    expect(shareOf(policy, 4).id).not.toBe(policy.id);
  });

  test('keeps the refill rate exact for any limit and number of instances', () => {
    for (const limit of [1_000_000_000, 999_999_000, 123_456_000]) {
      const policy = compile({ ...GCRA, limit, window: '1d' });
      for (const instances of [2, 3, 7, 11, 13]) {
        const { capacity, tokenCost, leakPerTick, tickUs } = shareOf(policy, instances).bucket;
        expect(4 * capacity).toBeLessThanOrEqual(Number.MAX_SAFE_INTEGER);
        const perDay = (leakPerTick / tokenCost) * (86_400_000_000 / tickUs);
        expect(perDay * instances).toBeGreaterThan(0.999_999 * limit);
        expect(perDay * instances).toBeLessThan(1.000_001 * limit);
      }
    }
  });
});
