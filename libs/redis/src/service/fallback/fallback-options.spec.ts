import { describe, expect, test } from 'vitest';
import type { RedisInfraError } from '../../common/redis-infra.error.js';
import { resolveFallbackOptions } from './fallback-options.js';

/** The path of the option that is refused. */
function refusedPath(options: object, path = 'fallback'): unknown {
  try {
    resolveFallbackOptions(options, path);
  } catch (error) {
    const { code, context } = error as RedisInfraError;
    return code === 'OPTION_INVALID' ? context.path : code;
  }
  return 'accepted';
}

describe('resolveFallbackOptions', () => {
  test('has a default for each option', () => {
    expect(resolveFallbackOptions({}, '')).toEqual({
      maxEntries: 10_000,
      maxBytes: 64 * 1024 ** 2,
      maxStaleMs: 60_000,
      journalLimit: 100_000,
      journalFile: undefined,
      onServerRestart: 'flush',
    });
  });

  test('takes undefined as the default, and converts sizes and durations', () => {
    expect(resolveFallbackOptions({ maxEntries: undefined, maxBytes: '1mb', maxStale: '1.5s' }, '')).toMatchObject({
      maxEntries: 10_000,
      maxBytes: 1024 ** 2,
      maxStaleMs: 1500,
    });
  });

  test('keeps the journal in a file if both options say so', () => {
    const options = { durability: 'file', journalFile: '/var/lib/app/journal' } as const;
    expect(resolveFallbackOptions(options, '').journalFile).toBe('/var/lib/app/journal');
  });

  test('returns an object that cannot be changed', () => {
    expect(Object.isFrozen(resolveFallbackOptions({}, ''))).toBe(true);
  });

  test.each<[path: string, options: object]>([
    ['fallback.maxEntries', { maxEntries: 0 }],
    ['fallback.maxEntries', { maxEntries: 1.5 }],
    ['fallback.maxEntries', { maxEntries: 10_000_001 }],
    ['fallback.maxBytes', { maxBytes: 0 }],
    ['fallback.maxBytes', { maxBytes: '64 MiB' }],
    ['fallback.maxStale', { maxStale: 0 }],
    ['fallback.maxStale', { maxStale: '1 minute' }],
    ['fallback.maxStale', { maxStale: Infinity }],
    ['fallback.journalLimit', { journalLimit: 0 }],
    ['fallback.journalLimit', { journalLimit: '100000' }],
    ['fallback.durability', { durability: 'disk' }],
    ['fallback.journalFile', { durability: 'file' }],
    ['fallback.journalFile', { durability: 'file', journalFile: '' }],
    ['fallback.journalFile', { durability: 'file', journalFile: 7 }],
    ['fallback.journalFile', { journalFile: 'journal' }],
    ['fallback.journalFile', { durability: 'memory', journalFile: 'journal' }],
    ['fallback.onServerRestart', { onServerRestart: 'ignore' }],
    ['fallback.maxstale', { maxstale: '1s' }],
  ])('refuses %s in %j', (path, options) => {
    expect(refusedPath(options)).toBe(path);
  });

  test('names an option of a FallbackCache without a prefix', () => {
    expect(refusedPath({ maxEntries: 0 }, '')).toBe('maxEntries');
  });
});
