import { describe, expect, it } from 'vitest';
import { setUp } from '../../../test/support/cache.js';
import { CacheNamespace } from './cache-namespace.js';

describe('CacheNamespace', () => {
  const space = new CacheNamespace('cache:');

  it.each([
    ['k', 'cache:k'],
    ['city:bern', 'cache:city:bern'],
    ['users:1', 'cache:users:1'],
    ['a b::c', 'cache:a b::c'],
    ['x'.repeat(65) + '::c', `cache:${'x'.repeat(65)}::c`],
    ['a:b::c', 'cache:a:b::c'],
    ['{tag}:1', 'cache:{tag}:1'],
  ])('does not escape the key %j', (key, storeKey) => expect(space.locate(key)).toBe(storeKey));

  it.each([
    ['users::1', 'cache::users::1'],
    ['users::', 'cache::users::'],
    ['users:::1', 'cache::users:::1'],
    [':', 'cache:::'],
    [':k', 'cache:::k'],
    ['::users::1', 'cache::::users::1'],
  ])('escapes the key %j, which could be a key of a namespace', (key, storeKey) =>
    expect(space.locate(key)).toBe(storeKey),
  );

  it('prefixes keys of nested namespaces with their names', () => {
    const users = space.child('users');
    expect(users.locate('1')).toBe('cache:users::1');
    expect(users.locate('a:1')).toBe('cache:users::a:1');
    expect(users.child('eu').locate('1')).toBe('cache:users::eu::1');
    expect(users.locate('eu::1')).toBe('cache:users:::eu::1');
  });

  it('never returns the same store key for keys of different namespaces', () => {
    const parts = ['a', 'b', ':', '::'];
    const keys = parts.flatMap((x) => [x, ...parts.flatMap((y) => [x + y, ...parts.map((z) => x + y + z)])]);
    const spaces = [space, ...['a', 'b'].flatMap((name) => [space.child(name), space.child(name).child('a')])];
    const storeKeys = spaces.flatMap((namespace) => [...new Set(keys)].map((key) => namespace.locate(key)));
    expect(new Set(storeKeys).size).toBe(storeKeys.length);
  });
});

describe('a root key that begins with the name of a namespace', () => {
  it.each(['users:1', 'users::1', 'users:', ':users'])(
    'works before and after namespace() is called: %j',
    async (key) => {
      const { cache } = setUp();
      await cache.set(key, 'before');
      const users = cache.namespace('users');
      expect(await cache.get(key)).toBe('before');
      expect(await users.getMany(['1', ':1', key])).toEqual([undefined, undefined, undefined]);
      await users.setMany([
        { key: '1', value: 'user' },
        { key: ':1', value: 'user' },
      ]);
      await cache.set(key, 'after');
      expect(await cache.get(key)).toBe('after');
      expect(await users.getMany(['1', ':1'])).toEqual(['user', 'user']);
      expect(await users.flush()).toMatchObject({ removed: 2 });
      expect(await cache.get(key)).toBe('after');
      expect(await cache.delete(key)).toBe(true);
    },
  );
});
