import assert from 'node:assert/strict';
import { rejectsWith, type Contract } from './contract.harness.js';

export function lifecycleContract({ test, options, prefix }: Contract): void {
  test('connect and disconnect may be called repeatedly and concurrently', async () => {
    const store = await options.createStore(`${prefix}twice:`);
    await Promise.all([store.connect(), store.connect()]);
    await store.connect();
    await store.set('k', 1);
    await Promise.all([store.disconnect(), store.disconnect()]);
    await store.disconnect();
  });

  test('disconnect before connect does nothing', async () => {
    const store = await options.createStore(`${prefix}never:`);
    await store.disconnect();
  });

  test('calls after disconnect reject with CLOSED, and work again after connect', async () => {
    const store = await options.createStore(`${prefix}again:`);
    await store.connect();
    await store.set('k', 'kept');
    await store.disconnect();
    await rejectsWith('CLOSED', () => store.get('k'));
    await rejectsWith('CLOSED', () => store.set('k', 2));
    await store.connect();
    assert.equal(await store.get('k'), 'kept');
    await store.clear();
    await store.disconnect();
  });

  test('the first call connects if connect was not called', async () => {
    const store = await options.createStore(`${prefix}lazy:`);
    await store.set('k', 1);
    assert.equal(await store.get('k'), 1);
    await store.clear();
    await store.disconnect();
  });

  test('300 concurrent callers each get their own results', async () => {
    const store = await options.createStore(`${prefix}many:`);
    await store.connect();
    try {
      await Promise.all(
        Array.from({ length: 300 }, async (_, i) => {
          const key = `k${i % 40}:${i}`;
          await store.set(key, { i });
          assert.deepStrictEqual(await store.get(key), { i });
          const [mine, other] = await Promise.all([store.get(key), store.get(`${key}:absent`)]);
          assert.deepStrictEqual([mine, other], [{ i }, undefined]);
          assert.equal(await store.delete(key), true);
          assert.equal(await store.get(key), undefined);
        }),
      );
    } finally {
      await store.clear();
      await store.disconnect();
    }
  });

  test('calls of one tick take effect in the order in which they were made', async () => {
    const store = await options.createStore(`${prefix}order:`);
    await store.connect();
    try {
      const before = store.get('k');
      const first = store.set('k', 'first');
      const between = store.get('k');
      const second = store.set('k', 'second');
      const after = store.getMany(['k']);
      const gone = store.delete('k');
      const last = store.get('k');
      assert.deepStrictEqual(await Promise.all([before, between, after, gone, last]), [
        undefined,
        'first',
        ['second'],
        true,
        undefined,
      ]);
      await Promise.all([first, second]);
    } finally {
      await store.disconnect();
    }
  });
}
