import { AsyncLocalStorage } from 'node:async_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Cluster } from 'ioredis';
import { RedisCluster, type RedisServer } from 'nestjs-redis-infra/testing';
import { describe, expect, test } from 'vitest';
import { RedisInfraError } from '../../src/common/redis-infra.error.js';
import { CacheService, MemoryAdapter, type CacheStore, type RedisAdapter } from '../../src/index.js';
import { CountedScripts } from '../support/counted-scripts.js';
import { eventually } from '../support/eventually.js';
import { limiterOf } from '../support/limiter.js';
import { codeOf, resourcesPerTest } from '../support/started.js';

const SHADOW = { name: 'shadow', limit: 1, window: '1h', shadow: true } as const;
const LONG_DEADLINE = { deadline: '5s' } as const;
const REQUESTS = ['a', 'b', 'c', 'd'];
const request = new AsyncLocalStorage<unknown>();
const started = resourcesPerTest();

/** Runs `run` for several requests concurrently, each in its own async context. */
function inRequests<T>(run: (name: string) => Promise<T>): Promise<T[]> {
  return Promise.all(REQUESTS.map((name) => request.run(name, () => run(name))));
}

function unavailable(): CacheStore {
  const scripts = new CountedScripts(new MemoryAdapter());
  scripts.before = () => {
    throw new RedisInfraError('CONNECTION_FAILED', 'no server');
  };
  return scripts.store;
}

describe('a listener of the rate limiter runs in the async context of the caller', () => {
  test.each([
    ['on the embedded store', async () => new MemoryAdapter() as CacheStore],
    ['on a server', async () => started.adapter((await started.server()).url) as CacheStore],
  ])('that a shadow policy would have refused, %s', async (_, storeOf) => {
    const limiter = limiterOf(started, await storeOf(), LONG_DEADLINE);
    const seen: unknown[] = [];
    limiter.on('would-refuse', () => seen.push(request.getStore()));
    await limiter.consume(SHADOW, 's');
    await inRequests(() => limiter.consume(SHADOW, 's'));
    await inRequests(() => limiter.consume(SHADOW, 's', { cost: 2 }));
    expect(seen).toEqual([...REQUESTS, ...REQUESTS]);
  });

  test('that waited for a lease which had too few tokens', async () => {
    const limiter = limiterOf(started, new MemoryAdapter(), LONG_DEADLINE);
    const seen: unknown[] = [];
    limiter.on('would-refuse', () => seen.push(request.getStore()));
    const leased = { ...SHADOW, name: 'leased', limit: 2, lease: { size: 2, ttl: '1h' } } as const;
    await inRequests(() => limiter.consume(leased, 's'));
    expect(seen).toEqual(['c', 'd']);
  });

  test('that got a decision without the server', async () => {
    const limiter = limiterOf(started, unavailable());
    const seen: unknown[] = [];
    limiter.on('failure', () => seen.push(request.getStore()));
    await inRequests(() => limiter.consume(SHADOW, 's'));
    expect(seen).toEqual(REQUESTS);
  });

  test('or outside any request if it was added after the call', async () => {
    const limiter = limiterOf(started, unavailable());
    const call = request.run('a', () => limiter.consume(SHADOW, 's'));
    const seen: unknown[] = [];
    limiter.on('failure', () => seen.push(request.getStore()));
    await call;
    expect(seen).toEqual([undefined]);
  });
});

describe('a listener of the adapter runs outside any request', () => {
  const EVENTS = ['up', 'down', 'reconnecting', 'circuit-open', 'circuit-close', 'probe'] as const;

  function listening(adapter: RedisAdapter): Map<string, unknown[]> {
    const seen = new Map<string, unknown[]>();
    for (const event of EVENTS)
      adapter.on(event, () => seen.set(event, [...(seen.get(event) ?? []), request.getStore()]));
    return seen;
  }

  test('although requests made the first call, the failing calls and the first call after the outage', async () => {
    const server = await started.server();
    const adapter = started.adapter(server.url);
    const seen = listening(adapter);
    await inRequests((name) => adapter.set(name, 1));
    await server.kill();
    await eventually(async () => (await request.run('x', () => codeOf(adapter.get('k')))) === 'CIRCUIT_OPEN');
    await server.restart();
    await eventually(async () => (await request.run('y', () => codeOf(adapter.set('k', 1)))) === 'ok');
    await eventually(() => EVENTS.every((event) => seen.has(event)));
    await request.run('z', () => adapter.disconnect());
    expect([...seen.values()].flat().filter((store) => store !== undefined)).toEqual([]);
  });

  test('on the embedded store too', async () => {
    const adapter = started.adapter('memory://');
    const seen = listening(adapter);
    await request.run('a', () => adapter.set('k', 1));
    await request.run('b', () => adapter.disconnect());
    expect([...seen]).toEqual([
      ['up', [undefined]],
      ['down', [undefined]],
    ]);
  });

  test('as do listeners of the ioredis connection that a request opened', async () => {
    const server = await started.server();
    const adapter = started.adapter(server.url);
    await request.run('a', () => adapter.set('k', 1));
    const seen: unknown[] = [];
    adapter.client.on('close', () => seen.push(request.getStore()));
    await server.kill();
    await eventually(() => seen.length > 0);
    expect(new Set(seen)).toEqual(new Set([undefined]));
  });
});

test('the connections to the nodes of a cluster belong to no request, although a request opened them', async () => {
  const cluster = await RedisCluster.start({ replicasPerMaster: 0 });
  started.undo(() => cluster.stop());
  const adapter = started.adapter(cluster.url);
  await adapter.connect();
  const keys = Array.from({ length: 40 }, (_, i) => `key:${i}`);
  await request.run('a', () => Promise.all(keys.map((key) => adapter.set(key, 1))));
  const nodes = (adapter.client as Cluster).nodes('master').filter(({ status }) => status === 'ready');
  expect(nodes.length).toBe(3);
  const seen: unknown[] = [];
  for (const node of nodes) {
    node.on('close', () => seen.push(request.getStore()));
    node.stream.destroy();
  }
  await eventually(() => seen.length >= 3);
  expect(new Set(seen)).toEqual(new Set([undefined]));
});

describe('a listener of the cache runs in the async context of the caller', () => {
  test('of a hit, a miss and a load, also when several callers share a load', async () => {
    const server = await started.server();
    const cache = new CacheService(started.adapter(server.url));
    const seen: string[] = [];
    for (const event of ['hit', 'miss', 'load'] as const)
      cache.on(event, ({ key }) => seen.push(`${event} ${key} ${String(request.getStore())}`));
    await inRequests((name) => cache.getOrSet(name, () => request.getStore()));
    await inRequests((name) => cache.get(name));
    const expected = REQUESTS.flatMap((name) => ['miss', 'load', 'hit'].map((event) => `${event} ${name} ${name}`));
    expect(seen.toSorted()).toEqual(expected.toSorted());
    const shared = await inRequests(() => cache.getOrSet('shared', () => request.getStore()));
    // One load for all: its loader and its event belong to the caller that started it.
    const [starter] = new Set(shared);
    expect(new Set(shared).size).toBe(1);
    expect(seen.filter((event) => event.startsWith('load shared'))).toEqual([`load shared ${String(starter)}`]);
  });

  test('of an error of the store', async () => {
    const server = await started.server();
    const cache = new CacheService(started.adapter(server.url), { fallback: false });
    await cache.get('k');
    await server.kill();
    const seen: unknown[] = [];
    cache.on('error', () => seen.push(request.getStore()));
    await inRequests((name) => cache.get(name));
    await inRequests((name) => cache.getOrSet(name, () => 1));
    expect(seen.filter((name) => name === undefined)).toEqual([]);
    expect(new Set(seen)).toEqual(new Set(REQUESTS));
  });
});

describe('a completed request is not kept in memory', () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;

  /** The store of a completed request that made these calls. */
  async function storeAfter(calls: () => Promise<unknown>): Promise<WeakRef<object>> {
    const store = { kept: true };
    await request.run(store, calls);
    return new WeakRef(store);
  }

  async function isCollected(store: WeakRef<object>): Promise<boolean> {
    collectGarbage();
    return store.deref() === undefined;
  }

  const CALLS: [string, (server: RedisServer) => Promise<unknown>][] = [
    [
      'by the connection that it opened, or by its deadline',
      async ({ url }) => {
        const adapter = started.adapter(url, { resilience: { deadline: '30s' } });
        await adapter.set('k', 1);
        await adapter.get('k');
      },
    ],
    [
      'by a lease of tokens that it took',
      async ({ url }) => {
        const limiter = limiterOf(started, url, LONG_DEADLINE);
        const leased = { name: 'leased', limit: 1000, window: '1h', lease: { size: 100, ttl: '1h' } } as const;
        for (let i = 0; i < 10; i++) await limiter.consume(leased, 's');
      },
    ],
    [
      'by a permit that it did not release',
      async ({ url }) => {
        const limiter = limiterOf(started, url, LONG_DEADLINE);
        await limiter.acquire({ name: 'permits', limit: 2, window: '1h', algorithm: 'concurrency' }, 's');
      },
    ],
    [
      'by an exclusive connection that it acquired',
      async ({ url }) => {
        const adapter = started.adapter(url);
        const lease = await adapter.acquire();
        started.undo(() => lease.release());
      },
    ],
  ];

  test.each(CALLS)('%s', async (_, calls) => {
    const server = await started.server();
    const store = await storeAfter(() => calls(server));
    await eventually(() => isCollected(store));
  });
});
