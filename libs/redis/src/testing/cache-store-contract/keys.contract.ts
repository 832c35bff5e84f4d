import assert from 'node:assert/strict';
import { rejectsWith, type Contract, type UntypedStore } from './contract.harness.js';

const KEYS: readonly (readonly [string, string])[] = [
  ['one character', 'k'],
  ['spaces, newlines and quotes', ' a b\r\n"c" '],
  ['unicode', 'schlüssel:漢字:🔑'],
  ['glob characters', 'a*b?c[d]e\\f'],
  ['braces', '{user}:1}{'],
  ['a NUL', 'a\u0000b'],
  ['names of object members', '__proto__'],
  ['900 bytes', 'k'.repeat(900)],
];

export function keyContract({ test, store, freshKey }: Contract): void {
  for (const [name, key] of KEYS) {
    test(`accepts a key of ${name}`, async () => {
      await store().set(key, name);
      assert.equal(await store().get(key), name);
      assert.equal(await store().has(key), true);
      assert.equal(await store().delete(key), true);
      assert.equal(await store().get(key), undefined);
    });
  }

  const bad: readonly (readonly [string, unknown])[] = [
    ['an empty key', ''],
    ['a key over 1 KiB', 'k'.repeat(1025)],
    ['a key over 1 KiB in bytes', '漢'.repeat(342)],
    ['a key with an unpaired surrogate', 'a\udc00'],
    ['a number as a key', 1],
    ['an undefined key', undefined],
  ];
  for (const [name, key] of bad) {
    test(`refuses ${name} in every call`, async () => {
      const untyped: UntypedStore = store();
      const calls: (() => Promise<unknown>)[] = [
        () => untyped.get(key),
        () => untyped.getMany(['fine', key]),
        () => untyped.set(key, 1),
        () => untyped.setMany([{ key, value: 1 }]),
        () => untyped.delete(key),
        () => untyped.deleteMany(['fine', key]),
        () => untyped.has(key),
        () => untyped.hset(key, 'f', 1),
        () => untyped.hget(key, 'f'),
        () => untyped.hgetall(key),
        () => untyped.hdel(key, 'f'),
        () => untyped.hset('fine', key, 1),
        () => untyped.expire(key, 1),
        () => untyped.ttl(key),
        () => untyped.incr(key),
      ];
      for (const call of calls) await rejectsWith('KEY_INVALID', call);
      assert.equal(await store().has('fine'), false);
    });
  }

  test('getMany returns values in the order of its keys, duplicates included', async () => {
    const [a, b, absent] = [freshKey(), freshKey(), freshKey()];
    await store().setMany([
      { key: a, value: 'a' },
      { key: b, value: { b: true } },
    ]);
    assert.deepStrictEqual(await store().getMany([b, absent, a, b, absent]), [
      { b: true },
      undefined,
      'a',
      { b: true },
      undefined,
    ]);
    assert.deepStrictEqual(await store().getMany([]), []);
  });

  test('getMany and deleteMany accept a thousand keys', async () => {
    const base = freshKey();
    const keys = Array.from({ length: 1000 }, (_, i) => `${base}:${i}`);
    await store().setMany(keys.map((key, value) => ({ key, value })));
    assert.deepStrictEqual(
      await store().getMany(keys),
      keys.map((_, i) => i),
    );
    assert.equal(await store().deleteMany(keys), 1000);
    assert.deepStrictEqual(await store().getMany(keys.slice(0, 2)), [undefined, undefined]);
  });

  test('delete returns whether the key existed; deleteMany returns how many did', async () => {
    const [a, b] = [freshKey(), freshKey()];
    await store().setMany([
      { key: a, value: null },
      { key: b, value: 1 },
    ]);
    assert.equal(await store().delete(a), true);
    assert.equal(await store().delete(a), false);
    assert.equal(await store().deleteMany([a, b, b]), 1);
    assert.equal(await store().deleteMany([]), 0);
  });

  test('setMany with one invalid entry refuses the whole batch and writes nothing', async () => {
    const key = freshKey();
    await rejectsWith('OPTION_INVALID', () =>
      store().setMany([
        { key, value: 1 },
        { key: freshKey(), value: 1, ttl: -1 },
      ]),
    );
    assert.equal(await store().has(key), false);
    await store().setMany([]);
  });
}
