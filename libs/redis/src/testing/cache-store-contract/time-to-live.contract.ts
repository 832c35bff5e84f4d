import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import type { Duration } from '../../common/duration.js';
import { eventually, rejectsWith, type Contract, type UntypedStore } from './contract.harness.js';

export function timeToLiveContract({ test, store, freshKey }: Contract): void {
  test('a ttl is a number of seconds or a number with its unit; without a ttl a value never expires', async () => {
    const cases: readonly (readonly [Duration | undefined, number | null])[] = [
      [90, 90],
      [1.5, 1.5],
      ['900ms', 0.9],
      ['90s', 90],
      ['5m', 300],
      ['1.5h', 5400],
      ['7d', 604_800],
      [undefined, null],
    ];
    for (const [ttl, seconds] of cases) {
      const key = freshKey();
      await store().set(key, 1, ttl);
      assertLeft(await store().ttl(key), seconds);
    }
  });

  test('an expired value is absent for every call', async () => {
    const key = freshKey();
    await store().set(key, 1, '40ms');
    await eventually(async () => (await store().get(key)) === undefined);
    assert.deepStrictEqual(await store().getMany([key]), [undefined]);
    assert.equal(await store().has(key), false);
    assert.equal(await store().ttl(key), undefined);
    assert.equal(await store().expire(key, 1), false);
    assert.equal(await store().delete(key), false);
    assert.equal(await store().incr(key), 1);
    assert.equal(await store().ttl(key), null);
  });

  test('expiringCreation gives a new counter or hash its ttl and keeps the ttl of an existing one', async () => {
    const creation = store().can?.expiringCreation;
    if (creation === undefined) return;
    const [counter, hash, forever] = [freshKey(), freshKey(), freshKey()];
    assert.equal(await creation.incr(counter, 2, '1m'), 2);
    await creation.hset(hash, 'f', { n: 1 }, '1m');
    for (const key of [counter, hash]) assertLeft(await store().ttl(key), 60);
    assert.equal(await creation.incr(counter, 1, '1h'), 3);
    await creation.hset(hash, 'g', null, '1h');
    for (const key of [counter, hash]) assertLeft(await store().ttl(key), 60);
    assert.deepStrictEqual(await store().hgetall(hash), { f: { n: 1 }, g: null });
    await store().incr(forever);
    await creation.incr(forever, 1, '1m');
    assert.equal(await store().ttl(forever), null);
    await rejectsWith('WRONG_TYPE', () => creation.hset(counter, 'f', 1, '1m'));
    await rejectsWith('WRONG_TYPE', () => creation.incr(hash, 1, '1m'));
    await rejectsWith('OPTION_INVALID', () => creation.incr(counter, 1, 0));
    await rejectsWith('OPTION_INVALID', () => creation.hset(hash, 'f', 1, -1));
  });

  test('set without a ttl removes the ttl of the old value', async () => {
    const key = freshKey();
    await store().set(key, 1, 60);
    await store().set(key, 2);
    assert.equal(await store().ttl(key), null);
  });

  test('expire sets the ttl of a value without one and of a hash', async () => {
    const [key, hash] = [freshKey(), freshKey()];
    await store().set(key, 1);
    await store().hset(hash, 'f', 1);
    assert.equal(await store().expire(key, '2m'), true);
    assert.equal(await store().expire(hash, 60), true);
    assertLeft(await store().ttl(key), 120);
    assertLeft(await store().ttl(hash), 60);
  });

  test('expire of an absent key returns false, ttl returns undefined', async () => {
    assert.equal(await store().expire(freshKey(), 60), false);
    assert.equal(await store().ttl(freshKey()), undefined);
  });

  test('setMany gives each entry its own ttl', async () => {
    const [a, b] = [freshKey(), freshKey()];
    await store().setMany([
      { key: a, value: 1, ttl: '1h' },
      { key: b, value: 2 },
    ]);
    assertLeft(await store().ttl(a), 3600);
    assert.equal(await store().ttl(b), null);
  });

  test('a ttl below one millisecond is rounded up', async () => {
    await store().set(freshKey(), 1, 0.0001);
    const key = freshKey();
    await store().set(key, 1);
    assert.equal(await store().expire(key, 0.0001), true);
  });

  const bad: readonly unknown[] = [
    0,
    -1,
    Number.NaN,
    Infinity,
    '0s',
    '-5s',
    '5',
    '5 s',
    '5w',
    '',
    true,
    [],
    '3653d',
    11 * 365 * 86_400,
  ];
  for (const ttl of bad) {
    test(`refuses the ttl ${inspect(ttl)} and writes nothing`, async () => {
      const key = freshKey();
      const untyped: UntypedStore = store();
      await rejectsWith('OPTION_INVALID', () => untyped.set(key, 1, ttl));
      await rejectsWith('OPTION_INVALID', () => untyped.setMany([{ key, value: 1, ttl }]));
      await rejectsWith('OPTION_INVALID', () => untyped.expire(key, ttl));
      assert.equal(await store().has(key), false);
    });
  }
}

/** Passes if the remaining ttl is at most the ttl that was set, and at most 5 s less. */
function assertLeft(actual: number | null | undefined, expected: number | null): void {
  if (typeof actual === 'number' && typeof expected === 'number') {
    assert(actual <= expected + 0.002 && actual > expected - 5, `${actual} s left of ${expected} s`);
  } else {
    assert.equal(actual, expected);
  }
}
