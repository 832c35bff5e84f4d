import { describe, expect, test } from 'vitest';
import { resolveCacheOptions } from './cache-options.js';
import { resolveEntryOptions, type EntryOptions } from './entry-options.js';
import { resolveSetOptions } from './set-options.js';

const DEFAULTS = resolveCacheOptions({}, '');

function invalid(path: string): unknown {
  return expect.objectContaining({ code: 'OPTION_INVALID', context: { path } });
}

describe('resolveEntryOptions', () => {
  test.each<[string, unknown]>([
    ['ttl', 0],
    ['ttl', Number.NaN],
    ['ttl', -1],
    ['ttl', 'soon'],
    ['staleWhileRevalidate', null],
    ['staleIfError', Number.NaN],
    ['jitter', Number.NaN],
    ['jitter', 0.51],
    ['jitter', '0.1'],
    ['tags', 'x'],
    ['tags', Array.from({ length: 25 }, (_, i) => `${i}`)],
    ['tags[1]', ['a', '']],
    ['tags[0]', ['ü'.repeat(129)]],
    ['tags[0]', ['\ud800']],
    ['earlyRefresh', true],
    ['earlyRefresh', { beta: 0 }],
    ['earlyRefresh', { beta: Number.NaN }],
    ['earlyRefresh', { beta: 11 }],
    ['earlyRefresh', { at: 0.05 }],
    ['earlyRefresh', { at: 1 }],
    ['earlyRefresh', {}],
    ['negativeTtl', 0],
    ['errorTtl', -1],
    ['errorTtl', '25h'],
    ['loadTimeout', 0],
    ['loadTimeout', '25h'],
    ['softTimeout', null],
    ['lockTimeout', 0],
    ['onLockTimeout', 'wait'],
    ['tll', 1],
  ])('refuses a bad value of %s: %j', (path, value) => {
    const name = path.replace(/\[.*/, '');
    expect(() => resolveEntryOptions({ [name]: value }, DEFAULTS)).toThrow(invalid(path));
  });

  test('refuses both forms of earlyRefresh together', () => {
    const both = { earlyRefresh: { at: 0.5, beta: 1 } };
    expect(() => resolveEntryOptions(both, DEFAULTS)).toThrow(invalid('earlyRefresh.at'));
  });

  test('refuses combinations that contradict each other', () => {
    const refused = (options: EntryOptions, path: string): void =>
      expect(() => resolveEntryOptions(options, DEFAULTS)).toThrow(invalid(path));
    refused({ ttl: null, staleIfError: '1m' }, 'staleIfError');
    refused({ ttl: null, staleWhileRevalidate: '1m' }, 'staleWhileRevalidate');
    refused({ ttl: '3650d', staleIfError: '10d' }, 'ttl');
    refused({ loadTimeout: '1s', softTimeout: '2s' }, 'softTimeout');
  });

  test('a value that never expires inherits no windows', () => {
    const parent = resolveCacheOptions({ staleWhileRevalidate: '1m', staleIfError: '1m' }, '');
    expect(resolveEntryOptions({ ttl: null }, parent)).toMatchObject({
      ttlMs: null,
      staleWhileRevalidateMs: 0,
      staleIfErrorMs: 0,
    });
  });

  test('inherits what it does not set, and undefined sets nothing', () => {
    const parent = resolveCacheOptions({ ttl: '1s', tags: ['a'], errorTtl: '5s', earlyRefresh: false }, '');
    expect(resolveEntryOptions(undefined, parent)).toBe(parent);
    expect(resolveEntryOptions({ ttl: undefined, jitter: 0 }, parent)).toEqual({ ...parent, jitter: 0 });
  });
});

describe('resolveSetOptions', () => {
  test('takes a duration as a ttl, and refuses options of loads', () => {
    expect(resolveSetOptions('2s', DEFAULTS).ttlMs).toBe(2000);
    expect(() => resolveSetOptions({ loadTimeout: '1s' } as never, DEFAULTS)).toThrow(invalid('loadTimeout'));
    for (const ttl of [0, Number.NaN, null])
      expect(() => resolveSetOptions(ttl as never, DEFAULTS)).toThrow(invalid('ttl'));
  });
});
