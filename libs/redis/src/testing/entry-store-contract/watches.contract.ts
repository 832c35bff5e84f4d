import assert from 'node:assert/strict';
import type { EntryStore } from '../../domain/entry-store.js';
import { eventually } from '../cache-store-contract/contract.harness.js';
import { leaseRequest, type EntryContract } from './entry-contract.harness.js';
import { KEY_CHANGES } from './fences.contract.js';

const ENTRY = { value: 'loaded', meta: undefined, ttlMs: undefined };

interface LeaseEnd {
  readonly name: string;
  readonly end: (entries: EntryStore, key: string, token: string) => Promise<unknown>;
}

const ENDS: readonly LeaseEnd[] = [
  { name: 'publish', end: (entries, key, token) => entries.publish(key, token, ENTRY) },
  { name: 'release', end: (entries, key, token) => entries.release(key, token) },
  {
    name: 'release after a failure',
    end: (entries, key, token) => entries.release(key, token, { errorTtlMs: 60_000, maxMs: 60_000 }),
  },
  { name: 'a takeover', end: (entries, key) => entries.acquire(key, leaseRequest({ clock: 2, minClock: 2 })) },
  ...KEY_CHANGES.map(({ name, change }) => ({ name, end: change })),
];

export function watchContract(suite: EntryContract): void {
  const { test, entries, peer, freshKey, take } = suite;
  const prepared = async (name: string): Promise<string> => {
    const key = freshKey();
    await KEY_CHANGES.find((change) => change.name === name)?.prepare?.(entries(), key);
    return key;
  };

  for (const { name, end } of ENDS) {
    test(`a load that waits for a lease is notified when ${name} ends it`, async () => {
      const key = await prepared(name);
      const token = await take(key);
      const waiting = await wait(entries(), key);
      await end(entries(), key, token);
      await eventually(() => waiting.count() > 0);
      waiting.stop();
    });
  }

  test('each of several watchers is notified until it stops', async () => {
    const key = freshKey();
    const first = await take(key);
    const [stopped, running] = [await wait(entries(), key), await wait(entries(), key)];
    await entries().release(key, first);
    await eventually(() => stopped.count() > 0 && running.count() > 0);
    stopped.stop();
    stopped.stop();
    const [before, runningBefore] = [stopped.count(), running.count()];
    const second = await take(key);
    assert.equal((await entries().acquire(key, leaseRequest())).status, 'held');
    await entries().publish(key, second, ENTRY);
    await eventually(() => running.count() > runningBefore);
    assert.equal(stopped.count(), before);
    running.stop();
  });

  test('a watcher is not notified of the leases of other keys', async () => {
    const [key, other] = [freshKey(), freshKey()];
    await take(key);
    const token = await take(other);
    const [watching, watchingOther] = [await wait(entries(), key), await wait(entries(), other)];
    await entries().release(other, token);
    await eventually(() => watchingOther.count() > 0);
    assert.equal(watching.count(), 0);
    watching.stop();
    watchingOther.stop();
  });

  if (peer === undefined) return;
  for (const { name, end } of ENDS) {
    test(`a load that waits in another store is notified when ${name} ends the lease`, async () => {
      const key = await prepared(name);
      const token = await take(key);
      const waiting = await wait(peer(), key);
      await end(entries(), key, token);
      await eventually(() => waiting.count() > 0);
      waiting.stop();
    });
  }
}

/** Watches a key and then requests its lease, as a load does that must wait. */
async function wait(entries: EntryStore, key: string): Promise<{ count: () => number; stop: () => void }> {
  let count = 0;
  const stop = await entries.watch(key, () => void count++);
  assert.equal((await entries.acquire(key, leaseRequest())).status, 'held');
  return { count: () => count, stop };
}
