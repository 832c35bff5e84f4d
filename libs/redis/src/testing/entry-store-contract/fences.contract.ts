import assert from 'node:assert/strict';
import type { EntryStore } from '../../domain/entry-store.js';
import { type EntryContract, leaseRequest } from './entry-contract.harness.js';

const LOADED = { value: 'loaded before the change', meta: undefined, ttlMs: undefined };
const PLAIN = { value: 'changed', meta: undefined, ttlMs: undefined };

/** A change of a key, and what it needs to exist before. */
export interface KeyChange {
  readonly name: string;
  readonly prepare?: (entries: EntryStore, key: string) => Promise<unknown>;
  readonly change: (entries: EntryStore, key: string) => Promise<unknown>;
}

/** Every call that changes a key. */
export const KEY_CHANGES: readonly KeyChange[] = [
  { name: 'write', change: (entries, key) => entries.write(key, PLAIN) },
  { name: 'writeMany', change: (entries, key) => entries.writeMany([{ ...PLAIN, key }]) },
  {
    name: 'remove',
    prepare: (entries, key) => entries.write(key, PLAIN),
    change: (entries, key) => entries.remove([key]),
  },
  { name: 'remove of an absent key', change: (entries, key) => entries.remove([key]) },
  { name: 'incr', change: (entries, key) => entries.incr(key, 1, undefined) },
  { name: 'hset', change: (entries, key) => entries.hset(key, 'field', 1, undefined) },
  {
    name: 'hdel',
    prepare: (entries, key) => entries.hset(key, 'field', 1, undefined),
    change: (entries, key) => entries.hdel(key, ['field']),
  },
  {
    name: 'expire',
    prepare: (entries, key) => entries.write(key, PLAIN),
    change: (entries, key) => entries.expire(key, 60_000),
  },
  { name: 'voidLeases', change: (entries, key) => entries.voidLeases([key]) },
];

export function fenceContract({ test, store, entries, peer, has, freshKey, take }: EntryContract): void {
  for (const { name, prepare, change } of KEY_CHANGES) {
    test(`a load that began before ${name} cannot publish, and another load may start`, async () => {
      const key = freshKey();
      await prepare?.(entries(), key);
      const token = await take(key);
      await change(entries(), key);
      const before = await entries().readValue(key);
      assert.equal(await entries().renew(key, token, 30_000), false);
      assert.equal(await entries().publish(key, token, LOADED), false);
      assert.deepStrictEqual((await entries().readValue(key)).stored, before.stored);
      await take(key);
    });

    test(`a load that began before ${name} cannot publish, if both are sent together`, async () => {
      const key = freshKey();
      await prepare?.(entries(), key);
      const token = await take(key);
      const [, published] = await Promise.all([
        change(entries(), key),
        entries().publish(key, token, { ...LOADED, value: { a: [new Date(0)] } }),
      ]);
      assert.equal(published, false);
    });
  }

  test('a change of several keys voids the lease of each', async () => {
    const keys = [freshKey(), freshKey(), freshKey()];
    const changes: readonly ((some: EntryStore) => Promise<unknown>)[] = [
      (some) => some.remove(keys),
      (some) => some.remove(keys, { isRepeatedByCaller: true }),
      (some) => some.voidLeases(keys),
      (some) => some.writeMany(keys.map((key) => ({ ...PLAIN, key }))),
    ];
    for (const change of changes) {
      const tokens = await Promise.all(keys.map((key) => take(key)));
      await change(entries());
      const published = await Promise.all(keys.map((key, i) => entries().publish(key, tokens[i] ?? '', LOADED)));
      assert.deepStrictEqual(published, [false, false, false]);
    }
  });

  test('a load that began after a change can publish', async () => {
    const key = freshKey();
    await entries().remove([key]);
    const token = await take(key);
    assert.equal(await entries().publish(key, token, LOADED), true);
    assert.equal((await entries().readValue(key)).stored?.value, LOADED.value);
  });

  test('a change of another key does not void a lease', async () => {
    const [key, other] = [freshKey(), freshKey()];
    const token = await take(key);
    await entries().write(other, PLAIN);
    await entries().remove([other]);
    assert.equal(await entries().publish(key, token, LOADED), true);
  });

  if (has('clear')) {
    test('a load that began before clear of the store cannot publish', async () => {
      const key = freshKey();
      const token = await take(key);
      await store().clear();
      assert.equal(await entries().publish(key, token, LOADED), false);
      assert.equal((await entries().acquire(key, leaseRequest())).status, 'acquired');
    });
  }

  if (peer === undefined) return;
  for (const { name, prepare, change } of KEY_CHANGES) {
    test(`a load that began before ${name} by another store cannot publish`, async () => {
      const key = freshKey();
      await prepare?.(entries(), key);
      const token = await take(key);
      await change(peer(), key);
      assert.equal(await entries().publish(key, token, LOADED), false);
    });
  }
}
