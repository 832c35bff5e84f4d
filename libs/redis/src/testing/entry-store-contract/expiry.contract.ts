import assert from 'node:assert/strict';
import type { EntryMeta } from '../../domain/value-codec.js';
import { assertExpires } from './entry-changes.contract.js';
import { metaOf, type EntryContract } from './entry-contract.harness.js';

/** Differs from the ttl and the windows of `metaOf`. */
const TTL_MS = 300_000;

export function expiryContract({ test, store, entries, has, freshKey, afterMs }: EntryContract): void {
  test('an expired value is absent', async () => {
    const key = freshKey();
    const meta = metaOf((await entries().readValue(key)).nowMs, 1);
    await entries().write(key, { value: 1, meta, ttlMs: 40 });
    await afterMs(41, async () => (await entries().readValue(key)).stored === undefined);
    assert.equal(await entries().expire(key, TTL_MS), false);
    assert.equal((await entries().remove([key])).removed, 0);
  });

  test('expire sets the ttl of plain values, counters and hashes', async () => {
    const [plain, counter, hash] = [freshKey(), freshKey(), freshKey()];
    await entries().write(plain, { value: ['v'], meta: undefined, ttlMs: undefined });
    await entries().incr(counter, 4, undefined);
    await entries().hset(hash, 'field', 1, undefined);
    for (const key of [plain, counter, hash]) {
      assert.equal(await entries().expire(key, TTL_MS), true);
      assertExpires(await store().ttl(key), TTL_MS);
    }
    const { stored } = await entries().readValue(plain);
    assert.deepStrictEqual([stored?.value, stored?.meta], [['v'], undefined]);
    assert.equal(await entries().incr(counter, 1, undefined), 5);
  });

  test('expire of an absent key returns false', async () => {
    const key = freshKey();
    assert.equal(await entries().expire(key, TTL_MS), false);
    assert.equal(await store().has(key), false);
  });

  if (!has('meta')) return;

  test('expire makes an entry fresh for the ttl, and its stale windows follow', async () => {
    const key = freshKey();
    const { nowMs } = await entries().readValue(key);
    const meta = metaOf(nowMs, 9, ['00000000000000aa']);
    await entries().write(key, { value: { kept: true }, meta, ttlMs: 120_000 });
    assert.equal(await entries().expire(key, TTL_MS), true);
    const read = await entries().readValue(key);
    assert.deepStrictEqual(read.stored?.value, { kept: true });
    const rewritten = assertFresh(read.stored?.meta, nowMs, read.nowMs);
    assert.equal((rewritten.expires ?? 0) - (rewritten.freshUntil ?? 0), 60_000);
    assert.deepStrictEqual([rewritten.clock, rewritten.tags], [9, ['00000000000000aa']]);
    assertExpires(await store().ttl(key), TTL_MS + 60_000);
  });

  test('expire gives an entry that never expires a time to live without stale windows', async () => {
    const key = freshKey();
    const { nowMs } = await entries().readValue(key);
    await entries().write(key, { value: 1, meta: { created: Math.floor(nowMs), clock: 2 }, ttlMs: undefined });
    assert.equal(await entries().expire(key, TTL_MS), true);
    const read = await entries().readValue(key);
    assertFresh(read.stored?.meta, nowMs, read.nowMs);
    assert.equal(read.stored?.meta?.clock, 2);
    assertExpires(await store().ttl(key), TTL_MS);
  });
}

/** Passes if the entry was given `TTL_MS` at a moment from `fromMs` to `toMs`. */
function assertFresh(meta: EntryMeta | undefined, fromMs: number, toMs: number): EntryMeta {
  const { freshUntil } = meta ?? {};
  assert(meta !== undefined && freshUntil !== undefined, 'the entry has no end of freshness');
  const givenAtMs = freshUntil - TTL_MS;
  assert(givenAtMs >= fromMs - 1 && givenAtMs <= toMs + 1, `fresh from ${givenAtMs}, not from ${fromMs} to ${toMs}`);
  return meta;
}
