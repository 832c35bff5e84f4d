import { Inject, Injectable, Logger, Scope, SetMetadata } from '@nestjs/common';
import { ContextIdFactory, ModuleRef } from '@nestjs/core';
import { describe, expect, test, vi } from 'vitest';
import {
  Admins,
  applicationsPerTest,
  recordingCache,
  Repository,
  Users,
} from '../../../../test/support/cached-providers.js';
import { CacheService } from '../../../service/cache/cache.service.js';
import { getCacheToken } from '../../tokens/redis.tokens.js';
import { Cacheable, CacheEvict } from './cache.decorators.js';

const compile = applicationsPerTest();

describe('@Cacheable', () => {
  test('runs the method once per key and keeps its this', async () => {
    const users = (await compile([Users])).get(Users);
    expect(await Promise.all([users.find('1'), users.find('1'), users.find('2')])).toEqual([
      { id: '1' },
      { id: '1' },
      { id: '2' },
    ]);
    expect(await users.find('1')).toEqual({ id: '1' });
    expect(users.runs).toBe(2);
  });

  test('stores under the key that its template gives', async () => {
    const module = await compile([Users]);
    await module.get(Users).find('1');
    expect(await module.get(CacheService).get('user:1')).toEqual({ id: '1' });
    expect(await module.get(CacheService).ttl('user:1')).toBeGreaterThan(3000);
  });

  test('without a key distinguishes all arguments', async () => {
    const users = (await compile([Users])).get(Users);
    const calls = [['a:b', 'c'], ['a', 'b:c'], [], [undefined], [1], [1n], [-0], [0], [new Map()], [new Set()]];
    for (const args of [...calls, ...calls]) await users.search(...args);
    expect(users.seen).toEqual(calls);
  });

  test('without a key refuses an argument that cannot be encoded', async () => {
    const users = (await compile([Users])).get(Users);
    await expect(users.search(() => 1)).rejects.toMatchObject({ code: 'KEY_INVALID' });
    expect(users.runs).toBe(0);
  });

  test('without a key separates the subclasses that inherit a method', async () => {
    const module = await compile([Users, Admins]);
    await module.get(Users).search('a');
    await module.get(Admins).search('a');
    expect([module.get(Users).runs, module.get(Admins).runs]).toEqual([1, 1]);
  });

  test('without a key lets an overriding method with the decorator call the inherited one', async () => {
    @Injectable()
    class Auditors extends Repository {
      @Cacheable()
      override async search(...words: unknown[]): Promise<string> {
        return `audited ${await super.search(...words)}`;
      }
    }
    const auditors = (await compile([Auditors])).get(Auditors);
    expect(await auditors.search('a')).toBe('audited run 1');
  });

  test('does not store undefined', async () => {
    @Injectable()
    class Lookups {
      runs = 0;
      @Cacheable({ key: 'lookup' })
      async find(): Promise<string | undefined> {
        this.runs++;
        return undefined;
      }
    }
    const lookups = (await compile([Lookups])).get(Lookups);
    expect([await lookups.find(), await lookups.find(), lookups.runs]).toEqual([undefined, undefined, 2]);
  });

  test('passes on the error of the method and stores nothing', async () => {
    @Injectable()
    class Failing {
      runs = 0;
      @Cacheable({ key: 'fails' })
      async find(): Promise<string> {
        this.runs++;
        throw new TypeError('own error');
      }
    }
    const failing = (await compile([Failing])).get(Failing);
    await expect(failing.find()).rejects.toThrow(TypeError);
    await expect(failing.find()).rejects.toThrow('own error');
    expect(failing.runs).toBe(2);
  });

  test('takes a function of the arguments as the key', async () => {
    @Injectable()
    class Cities {
      runs = 0;
      @Cacheable({ key: (city: { id: number }) => `city:${city.id}` })
      async describe(city: { id: number; name?: string }): Promise<string> {
        this.runs++;
        return `city ${city.id}`;
      }
    }
    const module = await compile([Cities]);
    await module.get(Cities).describe({ id: 1 });
    await module.get(Cities).describe({ id: 1, name: 'Bern' });
    expect(module.get(Cities).runs).toBe(1);
    expect(await module.get(CacheService).get('city:1')).toBe('city 1');
  });

  test('passes options and tags to the cache unchanged', async () => {
    const { calls, cache } = recordingCache();
    @Injectable()
    class Cities {
      @Cacheable({ key: 'city:{id}', ttl: '1h', negativeTtl: '1m', loadTimeout: '2s', tags: ['city:{id}', 'cities'] })
      async find(id: string): Promise<string> {
        return id;
      }
      @Cacheable({ key: 'b', tags: (id: string) => [`of:${id}`], namespace: 'geo' })
      async tagged(id: string): Promise<string> {
        return id;
      }
    }
    const cities = (await compile([Cities], { cache })).get(Cities);
    await cities.find('bern');
    await cities.tagged('bern');
    expect(calls).toEqual([
      ['getOrSet', 'city:bern', { ttl: '1h', negativeTtl: '1m', loadTimeout: '2s', tags: ['city:bern', 'cities'] }],
      ['namespace', 'geo'],
      ['getOrSet', 'b', { tags: ['of:bern'] }],
    ]);
  });

  test('stores in its namespace of the named instance, without an unnamed instance', async () => {
    @Injectable()
    class Cities {
      @Cacheable({ key: 'city:{id}', namespace: 'geo', instance: 'second' })
      async find(id: string): Promise<string> {
        return id;
      }
    }
    const module = await compile([Cities], { instances: [{ name: 'second', isGlobal: false }] });
    await module.get(Cities).find('bern');
    const cache = module.get<CacheService>(getCacheToken('second'), { strict: false });
    expect(await cache.namespace('geo').get('city:bern')).toBe('bern');
  });

  test('keeps two applications in one process apart', async () => {
    const [first, second] = [await compile([Users]), await compile([Users])];
    await first.get(Users).find('1');
    await second.get(Users).find('1');
    expect([first.get(Users).runs, second.get(Users).runs]).toEqual([1, 1]);
  });

  test('works on request-scoped, transient and factory providers', async () => {
    let runs = 0;
    class Cities {
      @Cacheable({ key: 'city:{id}' })
      async find(id: string): Promise<string> {
        runs++;
        return id;
      }
    }
    Injectable()(Cities);
    const module = await compile([
      { provide: 'request', useClass: Cities, scope: Scope.REQUEST },
      { provide: 'transient', useClass: Cities, scope: Scope.TRANSIENT },
      { provide: 'factory', useFactory: () => new Cities() },
      { provide: 'value', useValue: new Cities() },
    ]);
    const contextId = ContextIdFactory.create();
    for (const token of ['request', 'transient']) await (await module.resolve<Cities>(token, contextId)).find('bern');
    for (const token of ['factory', 'value']) await module.get<Cities>(token).find('bern');
    expect(runs).toBe(1);
  });

  test('adds no member to the objects of a class', async () => {
    const users = (await compile([Users])).get(Users);
    expect(Reflect.ownKeys(users).filter((key) => typeof key === 'symbol')).toEqual([]);
  });

  test('lets a class with an injected member keep it', async () => {
    @Injectable()
    class Cities {
      @Inject(ModuleRef) readonly own!: ModuleRef;
      @Cacheable({ key: 'own' })
      async find(): Promise<boolean> {
        return this.own instanceof ModuleRef;
      }
    }
    expect(await (await compile([Cities])).get(Cities).find()).toBe(true);
  });

  test('has no effect on an object that is not a provider, and logs it once', async () => {
    const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => {});
    class Loose {
      runs = 0;
      @Cacheable({ key: 'loose' })
      async find(): Promise<number> {
        return ++this.runs;
      }
    }
    const loose = new Loose();
    expect([await loose.find(), await loose.find()]).toEqual([1, 2]);
    expect(warn.mock.calls).toEqual([[expect.stringMatching(/@Cacheable has no effect on this object of Loose/)]]);
  });

  test('keeps the name, the length and the metadata of the method, above and below', () => {
    class Cities {
      @SetMetadata('above', 1)
      @Cacheable({ key: 'city:{id}' })
      @SetMetadata('below', 2)
      async find(id: string, _locale: string): Promise<string> {
        return id;
      }
    }
    const { find } = Cities.prototype;
    expect([find.name, find.length]).toEqual(['find', 2]);
    expect([Reflect.getMetadata('above', find), Reflect.getMetadata('below', find)]).toEqual([1, 2]);
  });

  test('reads the parameters of the method below other cache decorators', async () => {
    @Injectable()
    class Cities {
      runs = 0;
      @CacheEvict({ key: 'list' })
      @CacheEvict({ key: 'count:{id}' })
      @Cacheable({ key: 'city:{id}' })
      async find(id: string): Promise<string> {
        this.runs++;
        return id;
      }
    }
    const module = await compile([Cities]);
    const cache = module.get(CacheService);
    await cache.set('list', 1);
    await cache.set('count:bern', 1);
    await module.get(Cities).find('bern');
    expect(await cache.getMany(['list', 'count:bern', 'city:bern'])).toEqual([undefined, undefined, 'bern']);
  });
});
