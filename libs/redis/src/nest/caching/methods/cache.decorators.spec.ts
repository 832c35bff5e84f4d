import { Inject, Injectable, Logger, Scope, SetMetadata, type Provider, type Type } from '@nestjs/common';
import { ContextIdFactory, ModuleRef } from '@nestjs/core';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { RedisInfraError } from '../../../common/redis-infra.error.js';
import { CacheService } from '../../../service/cache/cache.service.js';
import type { RedisModuleExtras } from '../../redis-module.options.js';
import { RedisModule } from '../../redis.module.js';
import { getCacheToken } from '../../tokens/redis.tokens.js';
import { Cacheable, CacheEvict, CachePut } from './cache.decorators.js';
import type { CacheableOptions } from './cached-method.options.js';

interface User {
  readonly id: string;
  readonly name?: string;
}

class Repository {
  runs = 0;
  readonly seen: unknown[] = [];

  @Cacheable({ key: 'user:{id}', ttl: '1h' })
  async find(id: string): Promise<User> {
    this.runs++;
    return { id };
  }

  @Cacheable()
  async search(...words: unknown[]): Promise<string> {
    this.runs++;
    this.seen.push(words);
    return `run ${this.runs}`;
  }

  @CachePut({ key: 'user:{user.id}' })
  async save(user: User): Promise<User | undefined> {
    return user.name === undefined ? undefined : user;
  }

  @CacheEvict({ key: 'user:{id}' })
  async remove(id: string): Promise<void> {
    if (id === 'fails') throw new Error('not removed');
  }

  @CacheEvict({ key: 'user:{id}', before: true })
  async removeBefore(id: string): Promise<void> {
    if (id === 'fails') throw new Error('not removed');
  }
}
Injectable()(Repository);

@Injectable()
class Users extends Repository {}

@Injectable()
class Admins extends Repository {
  override async search(...words: unknown[]): Promise<string> {
    return `admin ${await super.search(...words)}`;
  }
}

let modules: TestingModule[] = [];
beforeEach(() => {
  modules = [];
});
afterEach(async () => {
  for (const module of modules) await module.close();
  vi.restoreAllMocks();
});

interface Setting {
  readonly instances?: readonly RedisModuleExtras[];
  readonly cache?: object;
}

async function compile(providers: Provider[], { instances = [{}], cache }: Setting = {}): Promise<TestingModule> {
  const builder = Test.createTestingModule({
    imports: instances.map((extras) => RedisModule.forRoot({ connection: 'memory://', ...extras })),
    providers,
  });
  if (cache !== undefined) builder.overrideProvider(CacheService).useValue(cache);
  const module = await builder.compile();
  modules.push(module);
  await module.init();
  return module;
}

/** A cache that records its calls. */
function recordingCache(): { readonly calls: unknown[][]; readonly cache: object } {
  const calls: unknown[][] = [];
  const record =
    (name: string) =>
    async (...args: unknown[]): Promise<void> =>
      void calls.push([name, ...args]);
  const cache = {
    calls,
    get: record('get'),
    getOrSet: (key: string, loader: () => unknown, options: unknown) => {
      calls.push(['getOrSet', key, options]);
      return loader();
    },
    set: record('set'),
    delete: record('delete'),
    invalidateTags: record('invalidateTags'),
    flush: record('flush'),
    namespace: (name: string) => {
      calls.push(['namespace', name]);
      return cache;
    },
  };
  return { calls, cache };
}

/** A provider class with one decorated method, named like the class in a message. */
function decorated(decorate: (prototype: object, name: string, descriptor: PropertyDescriptor) => void): Type {
  class Decorated {
    async find(id: string, user?: unknown): Promise<unknown> {
      return [id, user];
    }
  }
  const descriptor = Object.getOwnPropertyDescriptor(Decorated.prototype, 'find') as PropertyDescriptor;
  decorate(Decorated.prototype, 'find', descriptor);
  Object.defineProperty(Decorated.prototype, 'find', descriptor);
  return Decorated;
}

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

  test('refuses a key function that returns no string', async () => {
    const type = decorated(Cacheable({ key: (() => 1) as unknown as () => string }) as never);
    const instance = (await compile([type])).get<{ find(id: string): Promise<unknown> }>(type);
    await expect(instance.find('a')).rejects.toMatchObject({ code: 'KEY_INVALID' });
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

  test('refuses a method that returns no promise, at its first call at the latest', async () => {
    class Sync {
      @(Cacheable({ key: 'sync' }) as unknown as MethodDecorator)
      find() {
        return Object('value');
      }
    }
    Injectable()(Sync);
    const sync = (await compile([Sync])).get(Sync);
    await expect(sync.find()).rejects.toMatchObject({ code: 'OPTION_INVALID', context: { path: 'Cacheable' } });
    expect(() => {
      class Typed {
        @(Cacheable({ key: 'sync' }) as unknown as MethodDecorator)
        find(): string {
          return 'value';
        }
      }
      return Typed;
    }).toThrow(expect.objectContaining({ code: 'OPTION_INVALID', message: expect.stringMatching(/\(Typed\.find\)$/) }));
  });

  test.each<[path: string, options: unknown]>([
    ['Cacheable.key', { key: 'user:{uuid}' }],
    ['Cacheable.key', { key: '' }],
    ['Cacheable.key', { key: 1 }],
    ['Cacheable.tags[1]', { tags: ['a', 'b:{uuid}'] }],
    ['Cacheable.tags[0]', { tags: [''] }],
    ['Cacheable.tags', { tags: 'a' }],
    ['Cacheable.ttl', { ttl: '-5s' }],
    ['Cacheable.ttls', { ttls: '5s' }],
    ['Cacheable.namespace', { namespace: 'a b' }],
    ['name', { instance: 'a b' }],
    ['Cacheable', null],
    ['Cacheable', 'user:{id}'],
  ])('is refused when the class is defined: %s', (path, options) => {
    expect(() => decorated(Cacheable(options as CacheableOptions) as never)).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID', context: { path } }),
    );
  });

  test('is refused twice on a method, and on a static method', () => {
    const twice = (...args: [object, string, PropertyDescriptor]): void => {
      (Cacheable() as MethodDecorator)(...args);
      (Cacheable() as MethodDecorator)(...args);
    };
    expect(() => decorated(twice)).toThrow(
      expect.objectContaining({ message: expect.stringMatching(/applied twice/) }),
    );
    expect(() => {
      class Static {
        @Cacheable()
        static async find(): Promise<void> {}
      }
      return Static;
    }).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }));
  });

  test.each([
    ['an unnamed instance', undefined, /there is no RedisModule without a name.*\(Decorated\.find\)/],
    ['a named instance', 'typo', /no RedisModule named 'typo'.*\(Decorated\.find\)/],
  ])('fails the start of an application without %s', async (_, instance, message) => {
    const type = decorated(Cacheable({ instance }) as never);
    await expect(compile([type], { instances: [{ name: 'other' }] })).rejects.toMatchObject({
      code: 'OPTION_INVALID',
      message: expect.stringMatching(message),
      context: { path: 'Cacheable.instance' },
    });
  });

  test('fails the call in an application without a RedisModule', async () => {
    const users = (await compile([Users], { instances: [] })).get(Users);
    await expect(users.find('1')).rejects.toMatchObject({ code: 'OPTION_INVALID' });
  });

  test('fails the start when two classes with the same name have the same default key', async () => {
    const [one, other] = [decorated(Cacheable() as never), decorated(Cacheable() as never)];
    await expect(compile([one, { provide: 'other', useClass: other }])).rejects.toMatchObject({
      code: 'OPTION_INVALID',
      context: { path: 'Cacheable.key' },
    });
    const named = [
      decorated(Cacheable({ namespace: 'a' }) as never),
      decorated(Cacheable({ namespace: 'b' }) as never),
    ];
    await expect(compile(named.map((useClass, at) => ({ provide: `${at}`, useClass })))).resolves.toBeDefined();
  });
});

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
    await module
      .get(Users)
      [method](id)
      .catch(() => {});
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
