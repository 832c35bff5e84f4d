import { describe, expect, test } from 'vitest';
import type { ScopeVersions, VersionScope } from '../../../domain/entry-store.js';
import { KnownVersions } from './known-versions.js';

const ROOT: VersionScope = { prefixes: ['cache:'] };
const USERS: VersionScope = { prefixes: ['cache:', 'cache:users::'] };
const ORDERS: VersionScope = { prefixes: ['cache:', 'cache:orders::'] };

function versionsAt(clock: number, more: Partial<ScopeVersions> = {}): ScopeVersions {
  return { clock, floor: 0, tagged: 0, isSweeping: false, ...more };
}

describe('the known versions', () => {
  test('of a namespace are those of the newest reply, in whatever order replies arrive', () => {
    const known = new KnownVersions();
    known.learn(USERS, versionsAt(5, { floor: 5 }));
    known.learn(USERS, versionsAt(3));
    expect(known.of(USERS)).toEqual(versionsAt(5, { floor: 5 }));
    expect(known.clock).toBe(5);
  });

  test('of a namespace that was never read invalidate nothing', () => {
    const known = new KnownVersions();
    known.learn(ROOT, versionsAt(7, { floor: 7 }));
    expect(known.of(USERS)).toEqual(versionsAt(7));
  });

  test('name each root namespace once', () => {
    const known = new KnownVersions();
    for (const scope of [USERS, ROOT, ORDERS, { prefixes: ['other:'] } as const]) known.of(scope);
    expect(known.roots).toEqual([ROOT, { prefixes: ['other:'] }]);
  });
});

describe('a flush of this process', () => {
  test('invalidates the entries of the namespace and of those inside it, and no others', () => {
    const known = new KnownVersions();
    for (const scope of [ROOT, USERS, ORDERS]) known.learn(scope, versionsAt(5));
    const nested: VersionScope = { prefixes: ['cache:', 'cache:users::', 'cache:users::eu::'] };
    known.learn(nested, versionsAt(5));
    const { floor } = known.raiseFloor(USERS);
    expect(floor).toBe(6);
    expect([USERS, nested, ROOT, ORDERS].map((scope) => known.of(scope).floor)).toEqual([6, 6, 0, 0]);
    known.raiseFloor(ROOT);
    expect([USERS, nested, ROOT, ORDERS].map((scope) => known.of(scope).floor)).toEqual([7, 7, 7, 7]);
  });
});

describe('versions that were read', () => {
  test('are merged with the invalidations of this process that the primary store does not know', () => {
    const known = new KnownVersions();
    known.learn(ROOT, versionsAt(5, { floor: 3, tagged: 5 }));
    known.invalidateTags(ROOT, ['t'], false);
    const read = versionsAt(5, { floor: 4, tagged: 5, isSweeping: true });
    expect(known.merge(ROOT, read)).toEqual(versionsAt(6, { floor: 4, tagged: 6, isSweeping: true }));
  });
});

describe('an invalidation that the primary store does not know yet', () => {
  test('is kept when versions and tags are read', () => {
    const known = new KnownVersions();
    known.learn(ROOT, versionsAt(5));
    const { tagged } = known.invalidateTags(ROOT, ['t'], false);
    known.learn(ROOT, versionsAt(8, { floor: 8 }));
    expect(known.of(ROOT)).toEqual(versionsAt(8, { floor: 8, tagged }));
    expect(known.learnTags(ROOT, ['t', 'other'], [{ removed: 3, stale: 2 }], 0)).toEqual([
      { removed: tagged, stale: 2 },
      { removed: 0, stale: 0 },
    ]);
    expect(known.tagsOf(ROOT, ['t'])).toEqual([{ removed: tagged, stale: 2 }]);
  });
});

describe('a tag that was read', () => {
  test('counts as invalidated again when the primary store has returned a newer version of any tag', () => {
    const known = new KnownVersions();
    known.learn(ROOT, versionsAt(5, { tagged: 5 }));
    known.learnTags(ROOT, ['t'], [{ removed: 3, stale: 1 }], known.storedTagged(ROOT));
    expect(known.tagsOf(ROOT, ['t'])).toEqual([{ removed: 3, stale: 1 }]);
    known.learn(ROOT, versionsAt(9, { tagged: 9 }));
    expect(known.tagsOf(ROOT, ['t'])).toEqual([{ removed: 9, stale: 1 }]);
    known.learnTags(ROOT, ['t'], [{ removed: 3, stale: 1 }], known.storedTagged(ROOT));
    expect(known.tagsOf(ROOT, ['t'])).toEqual([{ removed: 3, stale: 1 }]);
  });
});

describe('the validity of a value', () => {
  const known = new KnownVersions();
  known.learn(ROOT, versionsAt(5));
  known.learn(USERS, versionsAt(5));
  const floor = known.raiseFloor(USERS).floor;
  const removed = known.invalidateTags(ROOT, ['removed'], false).tagged;
  const stale = known.invalidateTags(ROOT, ['stale'], true).tagged;

  test.each([
    ['is kept after a flush of another namespace', 'cache:a', { clock: floor - 1 }, true],
    ['ends with a flush of its namespace', 'cache:users::a', { clock: floor - 1 }, false],
    ['begins with the version of the flush', 'cache:users::a', { clock: floor }, true],
    ['ends with the invalidation of one of its tags', 'cache:a', { clock: removed - 1, tags: ['removed'] }, false],
    ['ends with an invalidation for errors', 'cache:a', { clock: stale - 1, tags: ['stale'] }, false],
    ['is kept after an earlier invalidation', 'cache:a', { clock: removed, tags: ['removed'] }, true],
    ['is unknown, and not denied, in a namespace that was not used', 'other:a', { clock: 0 }, true],
  ])('%s', (_, key, meta, isValid) => {
    expect(known.isValid(key, meta)).toBe(isValid);
  });
});

describe('the known versions of tags', () => {
  test('are those of the last reply; an unknown tag counts as invalidated by the newest version of any tag', () => {
    const known = new KnownVersions();
    known.learn(USERS, { clock: 9, floor: 0, tagged: 7, isSweeping: false });
    known.learnTags(USERS, ['a'], [{ removed: 3, stale: 1 }], known.storedTagged(USERS));
    expect(known.tagsOf(USERS, ['a', 'b'])).toEqual([
      { removed: 3, stale: 1 },
      { removed: 7, stale: 0 },
    ]);
    expect(known.tagsOf(ORDERS, ['a'])).toEqual([{ removed: 0, stale: 0 }]);
  });

  test('rise when this process invalidates them, and the entries of the namespace need a check of their tags', () => {
    const known = new KnownVersions();
    known.learn(USERS, versionsAt(5));
    known.learnTags(USERS, ['a', 'b'], [{ removed: 3, stale: 1 }], known.storedTagged(USERS));
    expect(known.invalidateTags(USERS, ['a'], true)).toEqual(versionsAt(6, { tagged: 6 }));
    expect(known.invalidateTags(USERS, ['b'], false)).toEqual(versionsAt(7, { tagged: 7 }));
    expect(known.tagsOf(USERS, ['a', 'b'])).toEqual([
      { removed: 3, stale: 6 },
      { removed: 7, stale: 0 },
    ]);
  });

  test('are forgotten when an invalidation was acknowledged, so that the next read asks for them', () => {
    const known = new KnownVersions();
    known.learnTags(USERS, ['a'], [{ removed: 0, stale: 0 }], known.storedTagged(USERS));
    known.forgetTags(USERS, ['a']);
    known.learn(USERS, { clock: 8, floor: 0, tagged: 8, isSweeping: false });
    expect(known.tagsOf(USERS, ['a'])).toEqual([{ removed: 8, stale: 0 }]);
  });
});
