import assert from 'node:assert/strict';
import { childScope, leaseRequest, metaOf, type EntryContract } from './entry-contract.harness.js';

export function versionContract(suite: EntryContract): void {
  const { test, store, entries, has, freshScope, freshKey, afterMs } = suite;

  test('a missing version table is created with its flush now, by read, readMany and versions alike', async () => {
    const scopes = [freshScope(), freshScope(), freshScope()] as const;
    const { nowMs } = await entries().readValue(freshKey());
    const created = [
      (await entries().read(freshKey(scopes[0]), scopes[0])).versions,
      (await entries().readMany([freshKey(scopes[1])], scopes[1]))[0]?.versions,
      await entries().versions(scopes[2]),
    ];
    for (const versions of created) {
      assert(versions !== undefined);
      assert(Number.isSafeInteger(versions.floor) && versions.floor >= Math.floor(nowMs), `${versions.floor}`);
      assert.equal(versions.clock, versions.floor);
      assert(versions.tagged <= versions.floor);
      assert.equal(versions.isSweeping, false);
    }
  });

  if (has('clock'))
    test('every read of a scope returns its versions, as one object while they do not change', async () => {
      const scope = freshScope();
      const versions = await entries().versions(scope);
      const { versions: read } = await entries().read(freshKey(scope), scope);
      assert.deepStrictEqual(read, versions);
      const reads = await entries().readMany([freshKey(scope), freshKey(scope)], scope);
      for (const { versions: again } of reads) assert.equal(again, read);
      assert.equal(await entries().versions(scope), read);
    });

  test('a flush issues a version above all earlier ones and starts a sweep', async () => {
    const scope = freshScope();
    const before = await entries().versions(scope);
    const flushed = await entries().raiseFloor(scope, 0);
    assert(flushed.floor > before.clock);
    assert.deepStrictEqual([flushed.clock, flushed.isSweeping], [flushed.floor, true]);
    const { versions } = await entries().read(freshKey(scope), scope);
    if (has('clock')) assert.deepStrictEqual(flushed, { ...versions, status: 'applied' });
    const again = await entries().raiseFloor(scope, 0);
    assert(again.floor > flushed.floor);
  });

  test('raiseFloorOnce flushes once for each event, also in concurrent calls, and remembers the newest 32', async () => {
    const scope = freshScope();
    const before = await entries().versions(scope);
    const calls = await Promise.all(Array.from({ length: 5 }, () => entries().raiseFloorOnce(scope, 'event-0', 0)));
    const [raised, ...more] = calls.filter((versions) => versions !== undefined);
    assert(raised !== undefined && raised.floor > before.clock);
    assert.deepStrictEqual([more.length, raised.status, raised.isSweeping], [0, 'applied', true]);
    for (let i = 1; i < 32; i++) assert((await entries().raiseFloorOnce(scope, `event-${i}`, 0)) !== undefined);
    const { clock } = await entries().versions(scope);
    for (const event of ['event-0', 'event-31'])
      assert.equal(await entries().raiseFloorOnce(scope, event, 0), undefined);
    assert.equal((await entries().versions(scope)).clock, clock);
    const later = await entries().raiseFloorOnce(scope, 'event', clock + 3_600_000);
    assert(later !== undefined && later.floor > clock + 3_600_000);
    assert((await entries().raiseFloorOnce(freshScope(), 'event', 0)) !== undefined);
  });

  test('concurrent flushes are issued different versions', async () => {
    const scope = freshScope();
    const flushes = await Promise.all(Array.from({ length: 20 }, () => entries().raiseFloor(scope, 0)));
    assert.equal(new Set(flushes.map(({ floor }) => floor)).size, 20);
  });

  test('a flush is issued a version above the newest one that its caller has seen', async () => {
    const scope = freshScope();
    const { clock } = await entries().versions(scope);
    const seen = clock + 3_600_000;
    const flushed = await entries().raiseFloor(scope, seen);
    assert(flushed.floor > seen);
    assert((await entries().raiseFloor(scope, 0)).floor > flushed.floor);
  });

  test('the first flush of a scope without tables is above the newest version that its caller has seen', async () => {
    const seen = (await entries().versions(freshScope())).clock + 3_600_000;
    assert((await entries().raiseFloor(freshScope(), seen)).floor > seen);
  });

  test('a flush of a namespace invalidates those inside it and no others', async () => {
    const root = freshScope();
    const [users, items] = [childScope(root, 'users'), childScope(root, 'items')];
    const eu = childScope(users, 'eu');
    const scopes = [root, users, eu, items];
    const before = await Promise.all(scopes.map((scope) => entries().versions(scope)));
    const flushed = await entries().raiseFloor(users, 0);
    const after = await Promise.all(scopes.map((scope) => entries().versions(scope)));
    const [rootFloor, , , itemsFloor] = before.map(({ floor }) => floor);
    assert.deepStrictEqual(
      after.map(({ floor }) => floor),
      [rootFloor, flushed.floor, flushed.floor, itemsFloor],
    );
    assert.deepStrictEqual(
      after.map(({ isSweeping }) => isSweeping),
      [false, true, true, false],
    );
    for (const { clock } of after) assert.equal(clock, flushed.clock, 'the namespaces of a root share its clock');
    const all = await entries().raiseFloor(root, 0);
    for (const scope of scopes) {
      const { floor, isSweeping } = await entries().versions(scope);
      assert.deepStrictEqual([floor, isSweeping], [all.floor, true]);
    }
  });

  test('a namespace that is read for the first time has its flush now, and its root keeps its own', async () => {
    const root = freshScope();
    const before = await entries().versions(root);
    const child = await entries().versions(childScope(root, 'new'));
    assert(child.floor > before.floor);
    const after = await entries().versions(root);
    assert.deepStrictEqual([after.floor, after.clock], [before.floor, child.clock]);
  });

  test('the versions of different roots are independent', async () => {
    const [one, other] = [freshScope(), freshScope()];
    const before = await entries().versions(other);
    await entries().raiseFloor(one, before.clock + 1000);
    assert.deepStrictEqual(await entries().versions(other), before);
  });

  test('a load that began before a flush can no longer store a valid value', async () => {
    const scope = freshScope();
    const key = freshKey(scope);
    const { nowMs, versions } = await entries().read(key, scope);
    const { token } = await acquired(suite, key, versions.clock);
    const { floor } = await entries().raiseFloor(scope, 0);
    const meta = metaOf(nowMs, versions.clock);
    const published = await entries().publish(key, token, { value: 'old', meta, ttlMs: 60_000 });
    const { stored } = await entries().readValue(key);
    assert(!published || (stored?.meta?.clock ?? Infinity) < floor, 'the value of the old load is valid');
  });

  const { peer } = suite;
  if (peer !== undefined) {
    test('all stores over the same data read the same versions', async () => {
      const scope = freshScope();
      const versions = await entries().versions(scope);
      assert.deepStrictEqual(await peer().versions(scope), versions);
      const flushed = await peer().raiseFloor(scope, 0);
      assert.deepStrictEqual(flushed, { ...(await entries().versions(scope)), status: 'applied' });
    });
  }

  if (!has('clear')) return;
  test('after clear of the store the flush of a scope is newer than all versions from before', async () => {
    const scope = freshScope();
    const before = await entries().versions(scope);
    await afterMs(2, async () => (await entries().readValue(freshKey(scope))).nowMs > before.clock + 1);
    await store().clear();
    assert((await entries().versions(scope)).floor > before.clock);
  });
}

async function acquired({ entries }: EntryContract, key: string, clock: number): Promise<{ token: string }> {
  const lease = leaseRequest({ clock });
  assert.equal((await entries().acquire(key, lease)).status, 'acquired');
  return lease;
}
