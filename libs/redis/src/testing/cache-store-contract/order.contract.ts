import assert from 'node:assert/strict';
import type { CacheStore } from '../../domain/cache-store.js';
import type { Contract } from './contract.harness.js';

/** How often each case runs, because a call may overtake another only occasionally. */
const ROUNDS = 10;

interface OrderCase {
  readonly name: string;
  /** Calls on one key, made without waiting for one another. */
  readonly calls: (store: CacheStore, key: string) => readonly Promise<unknown>[];
  /** The value after all calls. */
  readonly value: unknown;
  /** Whether the value has a ttl after all calls. */
  readonly expires?: boolean;
}

const CASES: readonly OrderCase[] = [
  { name: 'incr, then set', calls: (store, key) => [store.incr(key), store.set(key, 100)], value: 100 },
  { name: 'incr, then delete', calls: (store, key) => [store.incr(key), store.delete(key)], value: undefined },
  {
    name: 'set, incr, delete, then incr',
    calls: (store, key) => [store.set(key, 5), store.incr(key), store.delete(key), store.incr(key, 2)],
    value: 2,
  },
  {
    name: 'incr, then setMany',
    calls: (store, key) => [store.incr(key), store.setMany([{ key, value: 7 }])],
    value: 7,
  },
  {
    name: 'set, expire, then set',
    calls: (store, key) => [store.set(key, 'old'), store.expire(key, 60), store.set(key, 'new')],
    value: 'new',
    expires: false,
  },
  {
    name: 'set, expire, delete, then set',
    calls: (store, key) => [store.set(key, 'old'), store.expire(key, 60), store.delete(key), store.set(key, 'new')],
    value: 'new',
    expires: false,
  },
  {
    name: 'set, then expire',
    calls: (store, key) => [store.set(key, 'value'), store.expire(key, 60)],
    value: 'value',
    expires: true,
  },
  {
    name: 'set, expire twice, delete, then set',
    calls: (store, key) => [
      store.set(key, 'value'),
      store.expire(key, 60),
      store.expire(key, 90),
      store.delete(key),
      store.set(key, 1),
    ],
    value: 1,
    expires: false,
  },
];

export function orderContract({ test, options, store, freshKey }: Contract): void {
  const { forgetScripts } = options;
  for (const { name, calls, value, expires } of CASES) {
    test(`calls on one key take effect in the order in which they were made: ${name}`, async () => {
      await store().incr(freshKey());
      for (let round = 0; round < ROUNDS; round++) {
        const key = freshKey();
        await forgetScripts?.();
        await Promise.all(calls(store(), key));
        assert.deepStrictEqual(await store().get(key), value, `in round ${round + 1}`);
        if (expires !== undefined) assert.equal((await store().ttl(key)) !== null, expires, `in round ${round + 1}`);
      }
    });
  }

  test('a read sees the effects of all earlier calls on its key and of no later ones', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const key = freshKey();
      await forgetScripts?.();
      const [, first, , second] = await Promise.all([
        store().incr(key),
        store().get(key),
        store().set(key, 100),
        store().get(key),
      ]);
      assert.deepStrictEqual([first, second], [1, 100], `in round ${round + 1}`);
    }
  });
}
