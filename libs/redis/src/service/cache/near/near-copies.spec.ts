import { beforeEach, describe, expect, test } from 'vitest';
import { CacheNamespace } from '../cache-namespace.js';
import { copyCodecOf } from './copy-codec.js';
import { NearCopies } from './near-copies.js';

const ROOT = new CacheNamespace('cache:');
const USERS = ROOT.child('users');
const ADMINS = USERS.child('admins');
const KEYS = ['1', 'users:1', 'users::1', ':1', '::1', 'a b::1', 'users::admins::1', 'users:::1', 'ü'.repeat(20)];

const KEPT = { immutable: 1, snapshot: undefined, bytes: 10 };

let copies: NearCopies;

beforeEach(() => (copies = copiesOf(1000)));

function copiesOf(maxEntries: number): NearCopies {
  const maxBytes = 10_000;
  return new NearCopies(ROOT.prefix, { maxEntries, maxBytes });
}

function keep(stored: string): void {
  copies.set(
    stored,
    { kept: { ...KEPT, immutable: stored }, codec: copyCodecOf(undefined), freshUntilMs: Infinity, clock: undefined },
    0,
    Infinity,
  );
}

describe('near copies', () => {
  test('are found by the stored key, and in the table of their namespace by the key of the caller', () => {
    const kept = [ROOT, USERS, ADMINS].flatMap((namespace) => KEYS.map((key) => ({ namespace, key })));
    for (const { namespace, key } of kept) keep(namespace.locate(key));
    expect(copies.stats.entries).toBe(kept.length);
    for (const { namespace, key } of kept) {
      const stored = namespace.locate(key);
      const copy = copies.get(stored);
      expect(copy?.value()).toBe(stored);
      expect(copies.table(namespace.prefix).copies.get(key)).toBe(copy);
    }
  });

  test('of a namespace and of those inside it are dropped together', () => {
    for (const namespace of [ROOT, USERS, ADMINS]) for (const key of KEYS) keep(namespace.locate(key));
    copies.deleteUnder(USERS.prefix);
    const sizes = [ROOT, USERS, ADMINS].map(({ prefix }) => copies.table(prefix).copies.size);
    expect([copies.stats.entries, ...sizes]).toEqual([KEYS.length, KEYS.length, 0, 0]);
  });

  test.each(['outer:k', 'outer::k', 'outer:a::k'])(
    'of a cache on top are dropped with the prefix of its keys, like that of the key %j',
    (key) => {
      for (const namespace of [ROOT, USERS]) for (const each of [key, 'k']) keep(namespace.locate(each));
      for (const prefix of USERS.storedPrefixes('outer:')) copies.deleteUnder(prefix);
      expect([ROOT, USERS].map(({ prefix }) => [...copies.table(prefix).copies.keys()])).toEqual([[key, 'k'], ['k']]);
      expect(copies.stats.entries).toBe(3);
    },
  );

  test('of all namespaces share one bound, and an eviction removes the copy from its table', () => {
    copies = copiesOf(2);
    for (const namespace of [ROOT, USERS, ADMINS]) keep(namespace.locate('k'));
    expect(copies.stats).toMatchObject({ entries: 2, evictions: 1 });
    expect([ROOT, USERS, ADMINS].map(({ prefix }) => copies.table(prefix).copies.size)).toEqual([0, 1, 1]);
  });

  test('share what they have in common, until the versions, the codec or the presence of tags differ', () => {
    const fill = { kept: KEPT, codec: copyCodecOf(undefined), freshUntilMs: Infinity, clock: 1, tags: ['a'] };
    const others = [
      { ...fill, clock: 2 },
      { ...fill, codec: copyCodecOf({}) },
      { ...fill, tags: [] },
    ];
    const groups = [fill, { ...fill, tags: ['b'] }, ...others, fill].map((each, i) => {
      copies.set(ROOT.locate(`${i}`), each, 0, Infinity);
      return copies.get(ROOT.locate(`${i}`))?.group;
    });
    expect([groups[1], groups[5]]).toEqual([groups[0], groups[0]]);
    expect(new Set(groups).size).toBe(4);
    copies.set(ROOT.locate('k'), fill, 0, Infinity);
    copies.set(USERS.locate('k'), fill, 0, Infinity);
    expect(copies.get(USERS.locate('k'))?.group).not.toBe(copies.get(ROOT.locate('k'))?.group);
  });

  test('account for no memory when all are dropped', () => {
    for (const key of KEYS) keep(ROOT.locate(key));
    for (const key of KEYS) copies.delete(ROOT.locate(key));
    expect(copies.stats).toEqual({ entries: 0, bytes: 0, evictions: 0 });
    keep(ROOT.locate('k'));
    copies.clear();
    expect([copies.stats, copies.get(ROOT.locate('k'))]).toEqual([{ entries: 0, bytes: 0, evictions: 0 }, undefined]);
  });
});
