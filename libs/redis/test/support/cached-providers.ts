import { Injectable, type Provider, type Type } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterEach, beforeEach, vi } from 'vitest';
import {
  Cacheable,
  CacheEvict,
  CachePut,
  CacheService,
  RedisModule,
  type CacheDecorator,
  type RedisModuleExtras,
} from '../../src/index.js';

export interface User {
  readonly id: string;
  readonly name?: string;
}

/** Methods with every cache decorator. */
export class Repository {
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
@Injectable()
export class Users extends Repository {}

@Injectable()
export class Admins extends Repository {
  override async search(...words: unknown[]): Promise<string> {
    return `admin ${await super.search(...words)}`;
  }
}

type Compile = (providers: Provider[], setting?: Setting) => Promise<TestingModule>;

let modules: TestingModule[] = [];

/** Starts applications with providers, and closes them after each test. */
export function applicationsPerTest(): Compile {
  beforeEach(() => {
    modules = [];
  });
  afterEach(async () => {
    for (const module of modules) await module.close();
    vi.restoreAllMocks();
  });
  return compile;
}

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
export function recordingCache(): { readonly calls: unknown[][]; readonly cache: object } {
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

/** A provider class whose method `find` is decorated. */
export function decorated(...decorators: readonly CacheDecorator[]): Type {
  class Decorated {
    async find(id: string, user?: unknown): Promise<unknown> {
      return [id, user];
    }
  }
  const descriptor = Object.getOwnPropertyDescriptor(Decorated.prototype, 'find') as PropertyDescriptor;
  for (const decorate of decorators) decorate(Decorated.prototype, 'find', descriptor);
  Object.defineProperty(Decorated.prototype, 'find', descriptor);
  return Decorated;
}
