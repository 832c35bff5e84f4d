import { describe, expect, test } from 'vitest';
import { resolveNear, type NearOptions } from './near-options.js';

describe('the near options', () => {
  test.each([undefined, false])('switch near copies off when they are %s', (near) => {
    expect(resolveNear(near, 'near')).toBeUndefined();
  });

  test.each([true, {}])('have defaults when they are %j', (near) => {
    expect(resolveNear(near, 'near')).toEqual({
      maxEntries: 10_000,
      maxBytes: 67_108_864,
      ttlMs: undefined,
      coherence: 'tracking',
      shared: false,
    });
  });

  test('accept a size with a unit and a duration, and treat undefined as omitted', () => {
    const options: NearOptions = {
      maxBytes: '64mb',
      ttl: '500ms',
      coherence: 'ttl',
      shared: true,
      maxEntries: undefined,
    };
    expect(resolveNear(options, 'near')).toEqual({
      maxEntries: 10_000,
      maxBytes: 67_108_864,
      ttlMs: 500,
      coherence: 'ttl',
      shared: true,
    });
  });

  test.each<[string, unknown]>([
    ['near', 'yes'],
    ['near', null],
    ['near', []],
    ['near.maxEntries', { maxEntries: 0 }],
    ['near.maxEntries', { maxEntries: 10_000_001 }],
    ['near.maxBytes', { maxBytes: '1pb' }],
    ['near.ttl', { ttl: 0 }],
    ['near.ttl', { ttl: null }],
    ['near.coherence', { coherence: 'none' }],
    ['near.shared', { shared: 1 }],
    ['near.max', { max: 1 }],
  ])('reject a bad value with the path %s', (path, near) => {
    expect(() => resolveNear(near as NearOptions, 'near')).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID', context: { path } }),
    );
  });
});
