import { setTimeout as sleep } from 'node:timers/promises';
import { RedisServer } from 'nestjs-redis-infra/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CacheService, MemoryAdapter } from '../../src/index.js';
import { eventually } from '../support/eventually.js';
import { codeOf, resourcesPerTest } from '../support/started.js';
import { failOnUnhandledRejections } from '../support/unhandled-rejections.js';

const started = resourcesPerTest();
let server: RedisServer;

failOnUnhandledRejections();
beforeAll(async () => {
  server = await RedisServer.start();
});
afterAll(() => server.stop());
beforeEach(() => server.command('FLUSHALL'));

async function connectedCache(): Promise<CacheService> {
  const cache = new CacheService(started.adapter(server.url));
  await cache.connect();
  return cache;
}

async function microtasks(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await Promise.resolve();
}

/** How many calls ended with each code. */
function tally(codes: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const code of codes) counts[code] = (counts[code] ?? 0) + 1;
  return counts;
}

describe('a load and a concurrent change of its key', () => {
  const ROUNDS = 200;

  test('leave the value of set, whatever the loader returns', async () => {
    const cache = await connectedCache();
    for (let round = 0; round < ROUNDS; round++) {
      const key = `k${round}`;
      await Promise.all([cache.getOrSet(key, () => 'loaded'), cache.set(key, 'set')]);
      expect(await cache.get(key)).toBe('set');
    }
  });

  test('leave the count of incr: getOrSet returns the loaded 0 and does not store it over the 1', async () => {
    const cache = await connectedCache();
    for (let round = 0; round < ROUNDS; round++) {
      const key = `n${round}`;
      expect(await Promise.all([cache.getOrSet(key, () => 0), cache.incr(key)])).toEqual([0, 1]);
      expect(await cache.get(key)).toBe(1);
    }
  });

  test('leave nothing after delete', async () => {
    const cache = await connectedCache();
    for (let round = 0; round < ROUNDS; round++) {
      const key = `d${round}`;
      await Promise.all([cache.getOrSet(key, () => 'loaded'), cache.delete(key)]);
      expect(await cache.get(key)).toBeUndefined();
    }
  });
});

describe('a load that begins during a flush', () => {
  test('stores nothing', async () => {
    const cache = new CacheService(started.adapter(server.url));
    await cache.setMany(Array.from({ length: 2000 }, (_, i) => ({ key: `fill${i}`, value: i })));
    let isFlushed = false;
    const flushing = cache.flush().then(() => (isFlushed = true));
    const loading: Promise<{ begunAfter: boolean }>[] = [];
    for (let i = 0; i < 40; i++) {
      loading.push(cache.getOrSet(`k${i}`, () => sleep(1, { begunAfter: isFlushed })));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await flushing;
    const loaded = await Promise.all(loading);
    expect(loaded.filter(({ begunAfter }) => !begunAfter).length).toBeGreaterThan(0);
    const left = await cache.getMany<{ begunAfter: boolean }>(Array.from({ length: 40 }, (_, i) => `k${i}`));
    expect(left.filter((value) => value?.begunAfter === false)).toEqual([]);
  });
});

describe('disconnect of a cache', () => {
  test('aborts all loads, fenced ones too, and rejects their callers with CLOSED', async () => {
    const cache = new CacheService(new MemoryAdapter());
    const signals: AbortSignal[] = [];
    const hangingLoad = (): Promise<string> =>
      codeOf(cache.getOrSet('k', ({ signal }) => (signals.push(signal), new Promise(() => {}))));
    const fenced = hangingLoad();
    await eventually(() => signals.length === 1);
    await cache.delete('k');
    const second = hangingLoad();
    await eventually(() => signals.length === 2);
    await cache.disconnect();
    expect(await Promise.all([fenced, second])).toEqual(['CLOSED', 'CLOSED']);
    expect(signals.every((signal) => signal.aborted)).toBe(true);
  });

  test('settles a load at any stage: it rejects with CLOSED or resolves', async () => {
    const cache = new CacheService(new MemoryAdapter());
    await cache.connect();
    const codes: string[] = [];
    for (let stage = 0; stage < 12; stage++) {
      const call = codeOf(cache.getOrSet(`t${stage}`, () => 'v', { loadTimeout: '1s' }));
      await microtasks(stage);
      await cache.disconnect();
      codes.push(await call);
      await cache.connect();
    }
    const { CLOSED = 0, ok = 0 } = tally(codes);
    expect([CLOSED > 0, ok > 0, CLOSED + ok]).toEqual([true, true, codes.length]);
  });
});

describe('a loaded value that cannot be encoded', () => {
  test('rejects its getOrSet, unless delete fenced the load before the write, and never the delete', async () => {
    const cache = await connectedCache();
    const codes: string[] = [];
    for (let stage = 0; stage < 16; stage++) {
      let load: Promise<string> | undefined;
      await new Promise<void>((loading) => {
        load = codeOf(cache.getOrSet('k', () => (loading(), { unsupported: () => 1 })));
      });
      await microtasks(stage);
      expect(await codeOf(cache.delete('k'))).toBe('ok');
      codes.push((await load) ?? '');
    }
    const { CODEC_SERIALIZE = 0, ok = 0 } = tally(codes);
    expect([CODEC_SERIALIZE > 0, ok > 0, CODEC_SERIALIZE + ok]).toEqual([true, true, codes.length]);
  });
});
