import { describe, expect, test } from 'vitest';
import type { ScopeVersions, TagVersion } from '../../../domain/entry-store.js';
import type { EntryMeta } from '../../../domain/value-codec.js';
import { judge, tagsToCheck, type ValueState } from './entry-validity.js';

const VERSIONS: ScopeVersions = { clock: 500, floor: 100, tagged: 300, isSweeping: false };
const META: EntryMeta = { created: 1000, freshUntil: 2000, expires: 3000, clock: 200, tags: ['aa'] };

function stateAt(
  nowMs: number,
  meta: EntryMeta | undefined = META,
  versions: ScopeVersions = VERSIONS,
  tags: readonly TagVersion[] = [],
): ValueState {
  return judge({ stored: { value: 'v', meta }, nowMs }, versions, tags).state;
}

describe('judge', () => {
  test('an entry is fresh before freshUntil, then stale before expires, then expired', () => {
    expect([1999, 2000, 2999, 3000].map((nowMs) => stateAt(nowMs))).toEqual(['fresh', 'stale', 'stale', 'expired']);
  });

  test('an entry without times is fresh for ever', () => {
    expect(stateAt(Number.MAX_SAFE_INTEGER, { clock: 200 })).toBe('fresh');
  });

  test('an entry is invalidated by a flush with a version above its clock, not by one with its clock', () => {
    const after = (floor: number): ValueState => stateAt(1000, META, { ...VERSIONS, floor });
    expect([after(200), after(201)]).toEqual(['fresh', 'invalidated']);
  });

  test('an entry without a clock is invalidated by every flush', () => {
    expect(stateAt(1000, { created: 1000 })).toBe('invalidated');
  });

  test('an invalidated entry is not reported as expired or stale', () => {
    expect(stateAt(5000, META, { ...VERSIONS, floor: 201 })).toBe('invalidated');
  });

  test('a removed tag invalidates, a stale tag leaves the value for errors, and removal wins', () => {
    const tagged = (...tags: TagVersion[]): ValueState => stateAt(1000, META, VERSIONS, tags);
    expect(tagged({ removed: 200, stale: 200 })).toBe('fresh');
    expect(tagged({ removed: 0, stale: 201 })).toBe('for-errors');
    expect(tagged({ removed: 0, stale: 201 }, { removed: 201, stale: 0 })).toBe('invalidated');
    expect(stateAt(3000, META, VERSIONS, [{ removed: 0, stale: 201 }])).toBe('expired');
  });

  test('a plain value is fresh, but absent while a flush removes keys', () => {
    const plain = (isSweeping: boolean): ValueState =>
      judge({ stored: { value: 'v', meta: undefined }, nowMs: 1 }, { ...VERSIONS, isSweeping }, []).state;
    expect([plain(false), plain(true)]).toEqual(['fresh', 'invalidated']);
  });

  test('nothing stored is absent', () => {
    expect(judge({ stored: undefined, nowMs: 1 }, VERSIONS, [])).toMatchObject({ state: 'absent', value: undefined });
  });
});

describe('tagsToCheck', () => {
  test('are the tags of an entry that is older than an invalidation of tags and not flushed', () => {
    expect(tagsToCheck(META, VERSIONS)).toEqual(['aa']);
    expect(tagsToCheck({ ...META, clock: 300 }, VERSIONS)).toEqual([]);
    expect(tagsToCheck({ ...META, clock: 99 }, VERSIONS)).toEqual([]);
    expect(tagsToCheck({ clock: 200 }, VERSIONS)).toEqual([]);
    expect(tagsToCheck(undefined, VERSIONS)).toEqual([]);
  });
});
