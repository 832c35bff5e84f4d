import assert from 'node:assert/strict';
import type { Acquisition, FailureMark } from '../../domain/entry-store.js';
import { leaseRequest, type EntryContract } from './entry-contract.harness.js';
import { KEY_CHANGES } from './fences.contract.js';

const ENTRY = { value: 'loaded', meta: undefined, ttlMs: undefined };
const LONG: FailureMark = { errorTtlMs: 60_000, maxMs: 600_000 };
/** Long enough that a slow test notices its end before the mark is forgotten. */
const SHORT: FailureMark = { errorTtlMs: 400, maxMs: 600_000 };

export function failureContract(suite: EntryContract): void {
  const { test, entries, freshKey, take, afterMs } = suite;

  test('after a failed load no load may start until its mark ends, and the value stays readable', async () => {
    const key = freshKey();
    await entries().write(key, { value: 'stale', meta: undefined, ttlMs: undefined });
    await entries().release(key, await take(key), LONG);
    const refused = await entries().acquire(key, leaseRequest());
    assertFailed(refused, LONG.errorTtlMs);
    assert.equal(refused.stored?.value, 'stale');
  });

  test('each failed load doubles the time of the mark, and a load may start when the time is over', async () => {
    const key = freshKey();
    await failTwice(suite, key);
    await entries().release(key, await acquireAfter(suite, key, 2 * SHORT.errorTtlMs), LONG);
    assertFailed(await entries().acquire(key, leaseRequest()), 4 * LONG.errorTtlMs);
  });

  test('the time of the mark is at most maxMs', async () => {
    const key = freshKey();
    await failTwice(suite, key);
    const token = await acquireAfter(suite, key, 2 * SHORT.errorTtlMs);
    await entries().release(key, token, { errorTtlMs: 60_000, maxMs: 90_000 });
    assertFailed(await entries().acquire(key, leaseRequest()), 90_000);
  });

  test('the first failure lasts at most maxMs', async () => {
    const key = freshKey();
    await entries().release(key, await take(key), { errorTtlMs: 600_000, maxMs: 50_000 });
    assertFailed(await entries().acquire(key, leaseRequest()), 50_000);
  });

  test('failures are forgotten when no load follows for ten times their mark', async () => {
    const key = freshKey();
    await entries().release(key, await take(key), { errorTtlMs: 20, maxMs: 60_000 });
    const { nowMs } = await entries().readValue(key);
    await afterMs(201, async () => (await entries().readValue(key)).nowMs > nowMs + 200);
    await entries().release(key, await take(key), LONG);
    assertFailed(await entries().acquire(key, leaseRequest()), LONG.errorTtlMs);
  });

  test('a published value ends the failures of its key', async () => {
    const key = freshKey();
    await failTwice(suite, key);
    const token = await acquireAfter(suite, key, 2 * SHORT.errorTtlMs);
    assert.equal(await entries().publish(key, token, ENTRY), true);
    await entries().release(key, await take(key), LONG);
    assertFailed(await entries().acquire(key, leaseRequest()), LONG.errorTtlMs);
  });

  for (const { name, prepare, change } of KEY_CHANGES) {
    test(`${name} removes the mark of a failed load and its earlier failures`, async () => {
      const key = freshKey();
      await prepare?.(entries(), key);
      await entries().release(key, await take(key), LONG);
      await change(entries(), key);
      await entries().release(key, await take(key), LONG);
      assertFailed(await entries().acquire(key, leaseRequest()), LONG.errorTtlMs);
    });
  }

  test('a load that lost its lease cannot mark the key as failed', async () => {
    const key = freshKey();
    const lost = await take(key);
    await entries().remove([key]);
    await entries().release(key, lost, LONG);
    const token = await take(key);
    await entries().release(key, lost, LONG);
    assert.equal(await entries().publish(key, token, ENTRY), true);
  });

  test('the token of a failed load can neither renew nor publish', async () => {
    const key = freshKey();
    const token = await take(key);
    await entries().release(key, token, LONG);
    assert.equal(await entries().renew(key, token, 30_000), false);
    assert.equal(await entries().publish(key, token, ENTRY), false);
    assertFailed(await entries().acquire(key, leaseRequest()), LONG.errorTtlMs);
  });
}

/** Fails two loads, the second after the mark of the first has ended. */
async function failTwice(suite: EntryContract, key: string): Promise<void> {
  await suite.entries().release(key, await suite.take(key), SHORT);
  await suite.entries().release(key, await acquireAfter(suite, key, SHORT.errorTtlMs), SHORT);
}

/** Takes the lease once the mark of a failure has ended. */
async function acquireAfter({ entries, afterMs }: EntryContract, key: string, ms: number): Promise<string> {
  const lease = leaseRequest();
  assert.equal((await entries().acquire(key, lease)).status, 'failed');
  await afterMs(ms, async () => (await entries().acquire(key, lease)).status === 'acquired');
  return lease.token;
}

/** Passes if the load is refused for that time, of which at most a half was spent. */
function assertFailed(refused: Acquisition<unknown>, ms: number): void {
  assert(refused.status === 'failed', refused.status);
  const { remainingMs } = refused;
  assert(remainingMs <= ms && remainingMs > ms / 2, `${remainingMs} ms remain, of ${ms} ms`);
}
