import { Injectable } from '@nestjs/common';
import { describe, expect, test, vi } from 'vitest';
import { applicationsPerTest, recordingCache, Users } from '../../../../test/support/cached-providers.js';
import { RedisInfraError } from '../../../common/redis-infra.error.js';
import { CacheService } from '../../../service/cache/cache.service.js';
import { CacheEvict, CachePut } from './cache.decorators.js';

const compile = applicationsPerTest();

describe('@CachePut', () => {
  test('stores the result of every call under the key of its arguments', async () => {
    const module = await compile([Users]);
    await module.get(Users).find('1');
    expect(await module.get(Users).save({ id: '1', name: 'new' })).toEqual({ id: '1', name: 'new' });
    expect(await module.get(Users).find('1')).toEqual({ id: '1', name: 'new' });
  });

  test('removes the outdated value when the method returns undefined', async () => {
    const module = await compile([Users]);
    await module.get(Users).find('1');
    await module.get(Users).save({ id: '1' });
    expect(await module.get(CacheService).has('user:1')).toBe(false);
  });

  test('does not run the method when the key has no value', async () => {
    const save = vi.fn(async (user: { id?: string }) => user);
    class Cities {
      @CachePut({ key: 'city:{city.id}' })
      async save(city: { id?: string }): Promise<unknown> {
        return save(city);
      }
    }
    Injectable()(Cities);
    const cities = (await compile([Cities])).get(Cities);
    await expect(cities.save({})).rejects.toMatchObject({ code: 'OPTION_INVALID', context: { path: 'CachePut.key' } });
    expect(save).not.toHaveBeenCalled();
  });

  test('returns a result that is too large to store, and removes the outdated value', async () => {
    const { calls, cache } = recordingCache();
    const set = async (): Promise<void> => {
      throw new RedisInfraError('CODEC_TOO_LARGE', 'too large');
    };
    const users = (await compile([Users], { cache: { ...cache, set } })).get(Users);
    expect(await users.save({ id: '1', name: 'large' })).toEqual({ id: '1', name: 'large' });
    expect(calls).toEqual([['delete', 'user:1']]);
  });

  test('needs a key', () => {
    expect(() => CachePut({} as never)).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID', context: { path: 'CachePut.key' } }),
    );
    expect(() => CachePut({ key: 'a', loadTimeout: '1s' } as never)).toThrow(
      expect.objectContaining({ context: { path: 'CachePut.loadTimeout' } }),
    );
  });
});

describe('@CacheEvict', () => {
  test.each([
    ['remove', 'ok', undefined],
    ['remove', 'fails', 'value'],
    ['removeBefore', 'ok', undefined],
    ['removeBefore', 'fails', undefined],
  ] as const)('%s of a method that is %s leaves %s', async (method, id, left) => {
    const module = await compile([Users]);
    const cache = module.get(CacheService);
    await cache.set(`user:${id}`, 'value');
    const users = module.get(Users);
    await (method === 'remove' ? users.remove(id) : users.removeBefore(id)).catch(() => {});
    expect(await cache.get(`user:${id}`)).toBe(left);
  });

  test('invalidates tags, and flushes a namespace', async () => {
    const { calls, cache } = recordingCache();
    @Injectable()
    class Cities {
      @CacheEvict({ tags: ['city:{id}', 'cities'], key: 'first' })
      async remove(id: string): Promise<string> {
        return id;
      }
      @CacheEvict({ all: true, namespace: 'geo' })
      async removeAll(): Promise<void> {}
    }
    const cities = (await compile([Cities], { cache })).get(Cities);
    expect(await cities.remove('bern')).toBe('bern');
    await cities.removeAll();
    expect(calls).toEqual([
      ['delete', 'first'],
      ['invalidateTags', ['city:bern', 'cities']],
      ['namespace', 'geo'],
      ['flush', { wait: false }],
    ]);
  });

  test('removes every value of its namespace, and no other', async () => {
    @Injectable()
    class Cities {
      @CacheEvict({ all: true, namespace: 'geo' })
      async removeAll(): Promise<void> {}
    }
    const module = await compile([Cities]);
    const cache = module.get(CacheService);
    await cache.namespace('geo').set('a', 1);
    await cache.set('a', 2);
    await module.get(Cities).removeAll();
    expect([await cache.namespace('geo').get('a'), await cache.get('a')]).toEqual([undefined, 2]);
  });

  test.each<[path: string, options: unknown]>([
    ['CacheEvict', {}],
    ['CacheEvict', { all: false }],
    ['CacheEvict.all', { all: true }],
    ['CacheEvict.all', { all: 'yes', namespace: 'geo' }],
    ['CacheEvict.before', { key: 'a', before: 1 }],
    ['CacheEvict.ttl', { key: 'a', ttl: 1 }],
  ])('is refused when the class is defined: %s %#', (path, options) => {
    expect(() => CacheEvict(options as never)).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID', context: { path } }),
    );
  });
});
