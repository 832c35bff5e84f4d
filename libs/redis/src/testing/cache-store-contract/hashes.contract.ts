import assert from 'node:assert/strict';
import { rejectsWith, type Contract } from './contract.harness.js';

export function hashContract({ test, store, freshKey }: Contract): void {
  test('hset stores fields of every kind of value; hget reads one and hgetall all', async () => {
    const key = freshKey();
    await store().hset(key, 'name', 'Ada');
    await store().hset(key, 'born', 1815);
    await store().hset(key, 'né', { of: [null, ''] });
    assert.equal(await store().hget(key, 'name'), 'Ada');
    assert.equal(await store().hget(key, 'absent'), undefined);
    assert.deepStrictEqual(await store().hgetall(key), { name: 'Ada', born: 1815, né: { of: [null, ''] } });
    await store().hset(key, 'name', null);
    assert.equal(await store().hget(key, 'name'), null);
  });

  test('hset stores a field named __proto__ as an ordinary field', async () => {
    const key = freshKey();
    await store().hset(key, '__proto__', { polluted: true });
    const all = await store().hgetall(key);
    assert.deepStrictEqual(Object.keys(all), ['__proto__']);
    assert.equal('polluted' in {}, false);
  });

  test('hash commands treat an absent key as an empty hash', async () => {
    const key = freshKey();
    assert.equal(await store().hget(key, 'f'), undefined);
    assert.deepStrictEqual(await store().hgetall(key), {});
    assert.equal(await store().hdel(key, 'f'), 0);
  });

  test('hdel counts the removed fields; a hash without fields is absent', async () => {
    const key = freshKey();
    await store().hset(key, 'a', 1);
    await store().hset(key, 'b', 2);
    assert.equal(await store().hdel(key), 0);
    assert.equal(await store().hdel(key, 'a', 'c'), 1);
    assert.equal(await store().has(key), true);
    assert.equal(await store().hdel(key, 'b', 'b'), 1);
    assert.equal(await store().has(key), false);
  });

  test('hash commands on a value reject with WRONG_TYPE and leave it unchanged', async () => {
    const key = freshKey();
    await store().set(key, 'value');
    await rejectsWith('WRONG_TYPE', () => store().hget(key, 'f'));
    await rejectsWith('WRONG_TYPE', () => store().hset(key, 'f', 1));
    await rejectsWith('WRONG_TYPE', () => store().hgetall(key));
    await rejectsWith('WRONG_TYPE', () => store().hdel(key, 'f'));
    assert.equal(await store().get(key), 'value');
  });

  test('get and getMany return undefined for a hash; set replaces it', async () => {
    const [hash, value] = [freshKey(), freshKey()];
    await store().hset(hash, 'f', 1);
    await store().set(value, 'here');
    assert.equal(await store().get(hash), undefined);
    assert.deepStrictEqual(await store().getMany([hash, value]), [undefined, 'here']);
    assert.deepStrictEqual(await Promise.all([store().get(hash), store().get(value)]), [undefined, 'here']);
    assert.equal(await store().has(hash), true);
    await store().set(hash, 'now a value');
    assert.equal(await store().get(hash), 'now a value');
  });
}
