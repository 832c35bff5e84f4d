import assert from 'node:assert/strict';
import { MAX_COUNT } from '../../domain/models/counter.js';
import { rejectsWith, type Contract, type UntypedStore } from './contract.harness.js';

export function counterContract({ test, store, freshKey }: Contract): void {
  test('incr starts at zero, adds one or the given amount, and keeps the ttl', async () => {
    const key = freshKey();
    assert.equal(await store().incr(key), 1);
    assert.equal(await store().incr(key, 41), 42);
    assert.equal(await store().incr(key, -50), -8);
    assert.equal(await store().incr(key, 0), -8);
    await store().expire(key, 60);
    await store().incr(key);
    assert.notEqual(await store().ttl(key), null);
  });

  test('incr continues from a number that was set, and get reads the count', async () => {
    const key = freshKey();
    await store().set(key, 10);
    assert.equal(await store().incr(key, 5), 15);
    assert.equal(await store().get(key), 15);
  });

  test('a hundred concurrent incr calls return a hundred different counts', async () => {
    const key = freshKey();
    const counts = await Promise.all(Array.from({ length: 100 }, () => store().incr(key)));
    assert.deepStrictEqual(
      counts.sort((a, b) => a - b),
      Array.from({ length: 100 }, (_, i) => i + 1),
    );
  });

  test('incr rejects with COMMAND_FAILED beyond the safe integers, and the counter stays', async () => {
    for (const sign of [1, -1]) {
      const key = freshKey();
      await store().set(key, sign * (MAX_COUNT - 1));
      assert.equal(await store().incr(key, sign), sign * MAX_COUNT);
      await rejectsWith('COMMAND_FAILED', () => store().incr(key, sign));
      await rejectsWith('COMMAND_FAILED', () => store().incr(key, sign * MAX_COUNT));
      assert.equal(await store().get(key), sign * MAX_COUNT);
    }
  });

  for (const value of ['text', '5', 1.5, { count: 1 }, null, true]) {
    test(`incr on ${JSON.stringify(value)} rejects with WRONG_TYPE and leaves the value unchanged`, async () => {
      const key = freshKey();
      await store().set(key, value);
      await rejectsWith('WRONG_TYPE', () => store().incr(key));
      assert.deepStrictEqual(await store().get(key), value);
    });
  }

  test('incr on a hash rejects with WRONG_TYPE', async () => {
    const key = freshKey();
    await store().hset(key, 'f', 1);
    await rejectsWith('WRONG_TYPE', () => store().incr(key));
  });

  for (const amount of [0.5, Number.NaN, Infinity, 2 ** 60, '1']) {
    test(`incr refuses the amount ${String(amount)} (${typeof amount})`, async () => {
      const untyped: UntypedStore = store();
      await rejectsWith('OPTION_INVALID', () => untyped.incr(freshKey(), amount));
    });
  }
}
