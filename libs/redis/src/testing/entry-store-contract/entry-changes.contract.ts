import assert from 'node:assert/strict';
import { rejectsWith } from '../cache-store-contract/contract.harness.js';
import { metaOf, type EntryContract } from './entry-contract.harness.js';

const TTL_MS = 60_000;

export function entryChangeContract({ test, store, entries, has, freshKey }: EntryContract): void {
  const secondsLeft = async (key: string): Promise<number | null | undefined> => store().ttl(key);

  test('write replaces a value of any type and sets its ttl; without a ttl the value never expires', async () => {
    const key = freshKey();
    await entries().hset(key, 'field', 1, undefined);
    await entries().write(key, { value: 'text', meta: undefined, ttlMs: TTL_MS });
    assert.equal(await store().get(key), 'text');
    assertExpires(await secondsLeft(key), TTL_MS);
    await entries().write(key, { value: 'again', meta: undefined, ttlMs: undefined });
    assert.equal(await secondsLeft(key), null);
  });

  test('writeMany stores each value with its own meta and ttl', async () => {
    const [a, b] = [freshKey(), freshKey()];
    const { nowMs } = await entries().readValue(a);
    const meta = metaOf(nowMs, 7);
    await entries().writeMany([
      { key: a, value: 'a', meta, ttlMs: TTL_MS },
      { key: b, value: 'b', meta: undefined, ttlMs: undefined },
    ]);
    const [entry, plain] = [await entries().readValue(a), await entries().readValue(b)];
    assert.deepStrictEqual([entry.stored?.value, plain.stored?.value], ['a', 'b']);
    assert.deepStrictEqual(entry.stored?.meta, has('meta') ? meta : undefined);
    assert.equal(plain.stored?.meta, undefined);
    assertExpires(await secondsLeft(a), TTL_MS);
    assert.equal(await secondsLeft(b), null);
  });

  test('remove removes keys of any type and returns how many existed', async () => {
    const [value, hash, absent] = [freshKey(), freshKey(), freshKey()];
    await entries().write(value, { value: 1, meta: undefined, ttlMs: undefined });
    await entries().hset(hash, 'field', 1, undefined);
    assert.deepStrictEqual(await entries().remove([value, absent, hash]), { removed: 2, status: 'applied' });
    assert.deepStrictEqual([await store().has(value), await store().has(hash)], [false, false]);
    assert.deepStrictEqual(await entries().remove([]), { removed: 0, status: 'applied' });
  });

  test('remove for a caller that repeats it removes the keys too', async () => {
    const keys = [freshKey(), freshKey()];
    for (const key of keys) await entries().write(key, { value: 1, meta: undefined, ttlMs: undefined });
    const removal = await entries().remove(keys, { isRepeatedByCaller: true });
    assert.deepStrictEqual(removal, { removed: 2, status: 'applied' });
  });

  test('incr and hset give a key that they create its ttl, and keep the ttl of an existing key', async () => {
    const [counter, hash, forever] = [freshKey(), freshKey(), freshKey()];
    assert.equal(await entries().incr(counter, 2, TTL_MS), 2);
    assert.equal(await entries().incr(counter, -5, 10 * TTL_MS), -3);
    await entries().hset(hash, 'a', { n: 1 }, TTL_MS);
    await entries().hset(hash, 'b', null, 10 * TTL_MS);
    for (const key of [counter, hash]) assertExpires(await secondsLeft(key), TTL_MS);
    assert.deepStrictEqual(await store().hgetall(hash), { a: { n: 1 }, b: null });
    await entries().incr(forever, 1, undefined);
    await entries().incr(forever, 1, TTL_MS);
    assert.equal(await secondsLeft(forever), null);
  });

  test('hdel removes fields, returns how many existed, and removes a hash without fields', async () => {
    const key = freshKey();
    await entries().hset(key, 'a', 1, undefined);
    await entries().hset(key, 'b', 2, undefined);
    assert.equal(await entries().hdel(key, ['a', 'absent']), 1);
    assert.equal(await entries().hdel(key, ['b']), 1);
    assert.equal(await store().has(key), false);
    assert.equal(await entries().hdel(key, ['a']), 0);
  });

  test('calls on a key that holds another type reject with WRONG_TYPE and change nothing', async () => {
    const [value, hash] = [freshKey(), freshKey()];
    await entries().write(value, { value: 'text', meta: undefined, ttlMs: undefined });
    await entries().hset(hash, 'field', 1, undefined);
    await rejectsWith('WRONG_TYPE', () => entries().incr(value, 1, undefined));
    await rejectsWith('WRONG_TYPE', () => entries().incr(hash, 1, TTL_MS));
    await rejectsWith('WRONG_TYPE', () => entries().hset(value, 'field', 1, TTL_MS));
    await rejectsWith('WRONG_TYPE', () => entries().hdel(value, ['field']));
    assert.equal(await store().get(value), 'text');
    assert.deepStrictEqual(await store().hgetall(hash), { field: 1 });
  });

  if (!has('meta')) return;
  test('incr on an entry rejects with WRONG_TYPE, also if its value is a number, and leaves it unchanged', async () => {
    const key = freshKey();
    const meta = metaOf((await entries().readValue(key)).nowMs, 3);
    await entries().write(key, { value: 5, meta, ttlMs: TTL_MS });
    await rejectsWith('WRONG_TYPE', () => entries().incr(key, 1, undefined));
    await rejectsWith('WRONG_TYPE', () => store().incr(key));
    const { stored } = await entries().readValue(key);
    assert.deepStrictEqual([stored?.value, stored?.meta], [5, meta]);
  });
}

/** Passes if the key expires after that time, and at most 10 s were spent since. */
export function assertExpires(seconds: number | null | undefined, ttlMs: number): void {
  assert(typeof seconds === 'number', `the key expires in ${seconds}`);
  const leftMs = seconds * 1000;
  assert(leftMs <= ttlMs + 1 && leftMs > ttlMs - 10_000, `${leftMs} ms left of ${ttlMs} ms`);
}
