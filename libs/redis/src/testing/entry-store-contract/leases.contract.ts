import assert from 'node:assert/strict';
import { leaseRequest, metaOf, type EntryContract } from './entry-contract.harness.js';

const ENTRY = { value: 'loaded', meta: undefined, ttlMs: undefined };
const TTL_MS = 30_000;

export function leaseContract(suite: EntryContract): void {
  const { test, entries, freshKey, take, afterMs } = suite;

  test('a lease that another load holds is refused, with its holder, its remaining time and the value', async () => {
    const key = freshKey();
    await entries().write(key, { value: 'old', meta: undefined, ttlMs: undefined });
    const holder = await take(key, { ttlMs: TTL_MS });
    const refused = await entries().acquire(key, leaseRequest());
    assert(refused.status === 'held', refused.status);
    assert.equal(refused.holder, holder);
    assert(refused.remainingMs > 0 && refused.remainingMs <= TTL_MS, `${refused.remainingMs} ms remain`);
    assert.equal(refused.stored?.value, 'old');
  });

  test('a lease that is acquired returns the value that is stored at that moment', async () => {
    const key = freshKey();
    const meta = metaOf((await entries().readValue(key)).nowMs, 1);
    await entries().write(key, { value: 'stored', meta, ttlMs: 60_000 });
    const acquired = await entries().acquire(key, leaseRequest());
    assert.deepStrictEqual([acquired.status, acquired.stored?.value], ['acquired', 'stored']);
    assert.deepStrictEqual(acquired.stored?.meta, suite.has('meta') ? meta : undefined);
  });

  test('one of a hundred concurrent requests for a lease acquires it', async () => {
    const key = freshKey();
    const results = await Promise.all(Array.from({ length: 100 }, () => entries().acquire(key, leaseRequest())));
    assert.equal(results.filter(({ status }) => status === 'acquired').length, 1);
  });

  test('the leases of different keys are independent', async () => {
    const [a, b] = [freshKey(), freshKey()];
    const token = await take(a);
    await take(b);
    assert.equal(await entries().publish(b, token, ENTRY), false);
    assert.equal(await entries().publish(a, token, ENTRY), true);
  });

  test('a repeated request of the holder acquires the lease again', async () => {
    const key = freshKey();
    const lease = leaseRequest();
    assert.equal((await entries().acquire(key, lease)).status, 'acquired');
    assert.equal((await entries().acquire(key, lease)).status, 'acquired');
    assert.equal(await entries().publish(key, lease.token, ENTRY), true);
  });

  test('an expired lease is free, and the load that held it can no longer publish', async () => {
    const key = freshKey();
    const late = await take(key, { ttlMs: 60 });
    const next = leaseRequest();
    await afterMs(61, async () => (await entries().acquire(key, next)).status === 'acquired');
    assert.equal(await entries().renew(key, late, TTL_MS), false);
    assert.equal(await entries().publish(key, late, ENTRY), false);
    assert.equal(await entries().publish(key, next.token, ENTRY), true);
  });

  test('a load whose lease expired cannot publish, even if no other load took the lease', async () => {
    const key = freshKey();
    const late = await take(key, { ttlMs: 60 });
    const { nowMs } = await entries().readValue(key);
    // Not by renew, which would extend the lease.
    await afterMs(100, async () => (await entries().readValue(key)).nowMs >= nowMs + 100);
    assert.equal(await entries().renew(key, late, 60), false);
    assert.equal(await entries().publish(key, late, ENTRY), false);
    assert.equal((await entries().readValue(key)).stored, undefined);
  });

  test('renew extends a lease for its holder only', async () => {
    const key = freshKey();
    const holder = await take(key, { ttlMs: TTL_MS });
    assert.equal(await entries().renew(key, leaseRequest().token, TTL_MS), false);
    assert.equal(await entries().renew(freshKey(), holder, TTL_MS), false);
    assert.equal(await entries().renew(key, holder, 4 * TTL_MS), true);
    const refused = await entries().acquire(key, leaseRequest());
    assert(refused.status === 'held' && refused.remainingMs > TTL_MS && refused.remainingMs <= 4 * TTL_MS);
    assert.equal(await entries().publish(key, holder, ENTRY), true);
  });

  test('the lease of a load with a clock older than minClock is taken over', async () => {
    const key = freshKey();
    const old = await take(key, { clock: 5 });
    assert.equal((await entries().acquire(key, leaseRequest({ clock: 6, minClock: 5 }))).status, 'held');
    const next = await take(key, { clock: 6, minClock: 6 });
    assert.equal(await entries().renew(key, old, TTL_MS), false);
    assert.equal(await entries().publish(key, old, ENTRY), false);
    assert.equal((await entries().acquire(key, leaseRequest({ clock: 6, minClock: 6 }))).status, 'held');
    assert.equal(await entries().publish(key, next, ENTRY), true);
  });

  test('publish stores the value and ends the lease', async () => {
    const key = freshKey();
    const token = await take(key);
    assert.equal(await entries().publish(key, token, ENTRY), true);
    assert.equal(await entries().publish(key, token, { ...ENTRY, value: 'again' }), false);
    const next = await entries().acquire(key, leaseRequest());
    assert.deepStrictEqual([next.status, next.stored?.value], ['acquired', 'loaded']);
  });

  test('publish with the token of no lease changes nothing', async () => {
    const key = freshKey();
    await entries().write(key, { value: 'old', meta: undefined, ttlMs: undefined });
    assert.equal(await entries().publish(key, leaseRequest().token, ENTRY), false);
    assert.equal((await entries().readValue(key)).stored?.value, 'old');
  });

  test('release ends the lease of its holder only, and stores nothing', async () => {
    const key = freshKey();
    const holder = await take(key);
    await entries().release(key, leaseRequest().token);
    assert.equal((await entries().acquire(key, leaseRequest())).status, 'held');
    await entries().release(key, holder);
    const next = await entries().acquire(key, leaseRequest());
    assert.deepStrictEqual([next.status, next.stored], ['acquired', undefined]);
  });

  const { peer } = suite;
  if (peer === undefined) return;
  test('a lease holds for every store over the same data', async () => {
    const key = freshKey();
    const holder = await take(key);
    const refused = await peer().acquire(key, leaseRequest());
    assert(refused.status === 'held' && refused.holder === holder, refused.status);
    await peer().remove([key]);
    assert.equal(await entries().publish(key, holder, ENTRY), false);
  });
}
