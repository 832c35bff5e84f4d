import assert from 'node:assert/strict';
import type { CacheStore } from '../../domain/cache-store.js';
import type { EntryStore, ScopeVersions, VersionScope } from '../../domain/entry-store.js';
import { childScope, entriesOf, metaOf, ownPrefix, type EntryContract } from './entry-contract.harness.js';

/** More than one step of a scan. */
const MANY = 1200;

export function sweepContract(suite: EntryContract): void {
  const { test, store, entries, has, freshScope } = suite;
  if (has('scan')) namespaceContract(suite);

  test('sweep removes the entries, plain values, counters and hashes from before a flush', async () => {
    const scope = freshScope();
    const at = (name: string): string => ownPrefix(scope) + name;
    await writeEntry(entries(), at('old'), await entries().versions(scope));
    await entries().write(at('plain'), { value: 1, meta: undefined, ttlMs: undefined });
    await entries().incr(at('counter'), 1, undefined);
    await entries().hset(at('hash'), 'field', 1, undefined);
    await writeEntry(entries(), at('users::old'), await entries().versions(scope));
    const { floor } = await entries().raiseFloor(scope, 0);
    const removed = await entries().sweep(scope, floor);
    assert(has('scan') ? removed === 5 : removed >= 5, `${removed} keys were removed`);
    for (const name of ['old', 'plain', 'counter', 'hash', 'users::old'])
      assert.equal(await store().has(at(name)), false, name);
    assert.equal(await entries().sweep(scope, floor), 0);
  });

  for (const [by, options] of [
    ['keepData', { keepData: true }] as const,
    ['a flush for an event', undefined] as const,
  ]) {
    test(`a sweep with ${by} removes entries and plain values, and keeps counters and hashes`, async () => {
      if (!has('scan')) return;
      const scope = freshScope();
      const at = (name: string): string => ownPrefix(scope) + name;
      await writeEntry(entries(), at('old'), await entries().versions(scope));
      for (const [name, value] of [
        ['plain', 'text'],
        ['like-a-number', '12'],
        ['object', { n: 1 }],
      ] as const)
        await entries().write(at(name), { value, meta: undefined, ttlMs: undefined });
      await entries().incr(at('counter'), -12, undefined);
      await entries().hset(at('hash'), 'field', 1, undefined);
      const raise = async (): Promise<ScopeVersions | undefined> =>
        options === undefined ? entries().raiseFloorOnce(scope, 'event', 0) : entries().raiseFloor(scope, 0);
      const { floor } = (await raise()) ?? assert.fail('the flush was made before');
      assert.equal(await entries().sweep(scope, floor, options), 4);
      for (const name of ['old', 'plain', 'like-a-number', 'object'])
        assert.equal(await store().has(at(name)), false, name);
      assert.equal(await entries().incr(at('counter'), 1, undefined), -11);
      assert.equal(await store().hget(at('hash'), 'field'), 1);
      assert.equal((await entries().versions(scope)).isSweeping, false);
      const next = await entries().raiseFloor(scope, 0);
      assert.equal(await entries().sweep(scope, next.floor), 2);
    });
  }

  if (has('clock'))
    test('isSweeping ends with the sweep of the last flush', async () => {
      const root = freshScope();
      const users = childScope(root, 'users');
      const isSweeping = async (scope: VersionScope): Promise<boolean> => (await entries().versions(scope)).isSweeping;
      const first = await entries().raiseFloor(root, 0);
      const second = await entries().raiseFloor(root, 0);
      await entries().sweep(root, first.floor);
      assert.deepStrictEqual([await isSweeping(root), await isSweeping(users)], [true, true]);
      await entries().sweep(root, second.floor);
      assert.deepStrictEqual([await isSweeping(root), await isSweeping(users)], [false, false]);
      const { floor, clock } = await entries().versions(root);
      assert.deepStrictEqual([floor, clock >= floor], [second.floor, true]);
    });

  test('sweep leaves the leases of loads that began after the flush', async () => {
    const scope = freshScope();
    const [existing, absent] = [suite.freshKey(scope), suite.freshKey(scope)];
    await entries().write(existing, { value: 'old', meta: undefined, ttlMs: undefined });
    const { floor, clock } = await entries().raiseFloor(scope, 0);
    const token = await suite.take(absent, { clock, minClock: floor });
    await entries().sweep(scope, floor);
    assert.equal(await store().has(existing), false);
    assert.equal(await entries().publish(absent, token, { value: 1, meta: undefined, ttlMs: undefined }), true);
  });

  test('sweep removes more keys than one step of a scan', async () => {
    const scope = freshScope();
    const keys = Array.from({ length: MANY }, (_, i) => `${ownPrefix(scope)}${i}`);
    await entries().writeMany(keys.map((key) => ({ key, value: 1, meta: undefined, ttlMs: undefined })));
    const { floor } = await entries().raiseFloor(scope, 0);
    const removed = await entries().sweep(scope, floor);
    assert(has('scan') ? removed === MANY : removed >= MANY, `${removed} keys were removed`);
    assert.equal((await entries().readMany(keys, scope)).filter(({ stored }) => stored !== undefined).length, 0);
  });

  test('sweep takes glob characters in a prefix literally', async () => {
    await withStores(suite, ['glob-[ab]*?:', 'glob-a:'], async (mine, neighbour) => {
      const scope = freshScope();
      const key = `${ownPrefix(scope)}key`;
      await Promise.all([mine.store.set(key, 1), neighbour.store.set(key, 'stays')]);
      const { floor } = await mine.entries.raiseFloor(scope, 0);
      assert.equal(await mine.entries.sweep(scope, floor), 1);
      assert.deepStrictEqual([await mine.store.get(key), await neighbour.store.get(key)], [undefined, 'stays']);
    });
  });

  if (!has('meta')) return;
  test('sweep keeps the entries that are newer than the flush', async () => {
    const scope = freshScope();
    const at = (name: string): string => ownPrefix(scope) + name;
    await writeEntry(entries(), at('old'), await entries().versions(scope));
    const flushed = await entries().raiseFloor(scope, 0);
    await writeEntry(entries(), at('new'), flushed);
    const tagged = has('tags')
      ? await entries().invalidateTags(scope, ['00000000000000aa'], { keepForErrors: false, seen: 0 })
      : flushed;
    await writeEntry(entries(), at('newest'), tagged);
    assert.equal(await entries().sweep(scope, flushed.floor), 1);
    assert.deepStrictEqual(await store().getMany([at('old'), at('new'), at('newest')]), [undefined, 'entry', 'entry']);
  });
}

/** For stores that find the keys of a namespace. */
function namespaceContract({ test, store, entries, freshScope }: EntryContract): void {
  test('sweep removes the keys of its namespace only', async () => {
    const root = freshScope();
    const [users, items] = [childScope(root, 'users'), childScope(root, 'items')];
    const others = [ownPrefix(root), ownPrefix(items), ownPrefix(freshScope())].map((prefix) => `${prefix}key`);
    const mine = [`${ownPrefix(users)}key`, `${ownPrefix(childScope(users, 'eu'))}key`];
    for (const key of [...others, ...mine]) await store().set(key, 1);
    const { floor } = await entries().raiseFloor(users, 0);
    assert.equal(await entries().sweep(users, floor), 2);
    assert.deepStrictEqual(await store().getMany([...mine, ...others]), [undefined, undefined, 1, 1, 1]);
  });
}

async function writeEntry(entries: EntryStore, key: string, { clock }: ScopeVersions): Promise<void> {
  const { nowMs } = await entries.readValue(key);
  await entries.write(key, { value: 'entry', meta: metaOf(nowMs, clock), ttlMs: 120_000 });
}

interface OpenStore {
  readonly store: CacheStore;
  readonly entries: EntryStore;
}

/** Runs a test on two stores of its own. */
async function withStores(
  { options, prefix }: EntryContract,
  [first, second]: readonly [string, string],
  run: (first: OpenStore, second: OpenStore) => Promise<void>,
): Promise<void> {
  const open = async (name: string): Promise<OpenStore> => {
    const store = await options.createStore(prefix + name);
    await store.connect();
    return { store, entries: entriesOf(store, options) };
  };
  const [one, other] = [await open(first), await open(second)];
  try {
    await run(one, other);
  } finally {
    for (const { store } of [one, other]) {
      await store.clear();
      await store.disconnect();
    }
  }
}
