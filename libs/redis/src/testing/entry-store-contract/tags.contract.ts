import assert from 'node:assert/strict';
import { childScope, type EntryContract } from './entry-contract.harness.js';

const [RED, BLUE, GREEN] = ['00000000000000aa', 'ffffffffffffff01', '0123456789abcdef'];
const REMOVE = { keepForErrors: false, seen: 0 };
const KEEP = { keepForErrors: true, seen: 0 };

export function tagContract({ test, entries, has, freshScope }: EntryContract): void {
  if (!has('tags')) return;

  test('a tag that was never invalidated has the version of the flush', async () => {
    const scope = freshScope();
    const { floor } = await entries().versions(scope);
    assert.deepStrictEqual(await entries().tagVersions(scope, [RED]), [{ removed: floor, stale: 0 }]);
    assert.deepStrictEqual(await entries().tagVersions(scope, []), []);
  });

  test('invalidateTags issues a version above all earlier ones and records it for its tags only', async () => {
    const scope = freshScope();
    const before = await entries().versions(scope);
    const after = await entries().invalidateTags(scope, [RED, BLUE], REMOVE);
    assert(after.tagged > before.clock);
    assert.deepStrictEqual([after.clock, after.floor, after.isSweeping], [after.tagged, before.floor, false]);
    assert.deepStrictEqual(after, { ...(await entries().versions(scope)), status: 'applied' });
    const [red, green, blue, again] = await entries().tagVersions(scope, [RED, GREEN, BLUE, RED]);
    assert.deepStrictEqual([red?.removed, blue?.removed, again], [after.tagged, after.tagged, red]);
    assert.deepStrictEqual(green, { removed: before.floor, stale: 0 });
  });

  test('keepForErrors records a stale version and leaves the removed version', async () => {
    const scope = freshScope();
    const removed = await entries().invalidateTags(scope, [RED], REMOVE);
    const kept = await entries().invalidateTags(scope, [RED, BLUE], KEEP);
    assert(kept.tagged > removed.tagged);
    assert.deepStrictEqual(await entries().tagVersions(scope, [RED, BLUE]), [
      { removed: removed.tagged, stale: kept.tagged },
      { removed: kept.floor, stale: kept.tagged },
    ]);
  });

  test('invalidateTags issues a version above the newest one that its caller has seen', async () => {
    const scope = freshScope();
    const seen = (await entries().versions(scope)).clock + 3_600_000;
    assert((await entries().invalidateTags(scope, [RED], { ...REMOVE, seen })).tagged > seen);
    const first = await entries().invalidateTags(freshScope(), [RED], { ...REMOVE, seen });
    assert(first.tagged > seen);
  });

  test('tags belong to their namespace', async () => {
    const root = freshScope();
    const [users, items] = [childScope(root, 'users'), childScope(root, 'items')];
    const scopes = [root, users, items];
    const before = await Promise.all(scopes.map((scope) => entries().versions(scope)));
    const { tagged } = await entries().invalidateTags(users, [RED], REMOVE);
    const after = await Promise.all(scopes.map((scope) => entries().versions(scope)));
    assert.deepStrictEqual(
      after.map((versions) => versions.tagged),
      [before[0]?.tagged, tagged, before[2]?.tagged],
    );
    const versions = await Promise.all(scopes.map((scope) => entries().tagVersions(scope, [RED])));
    assert.deepStrictEqual(
      versions.map(([red]) => red?.removed),
      [before[0]?.floor, tagged, before[2]?.floor],
    );
    for (const { clock } of after) assert.equal(clock, tagged, 'the namespaces of a root share its clock');
  });

  test('a flush is the version of all tags', async () => {
    const scope = freshScope();
    await entries().invalidateTags(scope, [RED, BLUE], REMOVE);
    await entries().invalidateTags(scope, [BLUE], KEEP);
    const { floor, tagged } = await entries().raiseFloor(scope, 0);
    assert(tagged < floor);
    // An entry that was read before the flush must not seem valid because the versions of its tags are gone.
    for (const { removed, stale } of await entries().tagVersions(scope, [RED, BLUE, GREEN])) {
      assert.equal(removed, floor);
      assert(stale < floor);
    }
    const later = await entries().invalidateTags(scope, [RED], REMOVE);
    assert(later.tagged > floor);
    assert.equal((await entries().tagVersions(scope, [RED]))[0]?.removed, later.tagged);
  });
}
