import { RedisServer } from 'nestjs-redis-infra/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ScopeVersions } from '../../src/domain/entry-store.js';
import { CacheService, MemoryAdapter } from '../../src/index.js';
import { deferred, entriesOf } from '../support/cache.js';
import { eventually } from '../support/eventually.js';
import { LONG_DEADLINE, codeOf, resourcesPerTest } from '../support/started.js';
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
  const cache = new CacheService(started.adapter(server.url, LONG_DEADLINE));
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

/** A loaded value: the moment at which its load began. */
interface Loaded {
  readonly began: number;
}

/** Numbers moments in the order in which they happen. */
let moment = 0;

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** A load that takes a number of turns of the event loop. */
class TestLoad {
  readonly begin = deferred<void>();

  constructor(private readonly turnsOfLoad: number) {}

  readonly loader = async (): Promise<Loaded> => {
    const began = ++moment;
    this.begin.give();
    await turns(this.turnsOfLoad);
    return { began };
  };

  /** Waits for another stage of the load in each round. It has begun in every second one. */
  async stage(round: number): Promise<void> {
    if (round % 2 === 0) await this.begin.promise;
    await turns(round % 7);
  }
}

/**
 * Sends a change at another stage of a load in each round. Fails if a later read or `getOrSet` returns a value whose
 * load began before the change was sent.
 */
async function raceEachStage(cache: CacheService, change: (key: string) => Promise<unknown>): Promise<void> {
  let begunBefore = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const key = `k${round}`;
    const load = new TestLoad(round % 5);
    const loading = cache.getOrSet(key, load.loader);
    await load.stage(round);
    const sent = ++moment;
    await change(key);
    const [read, loaded] = await Promise.all([cache.get<Loaded>(key), cache.getOrSet(key, new TestLoad(1).loader)]);
    if ((await loading).began < sent) begunBefore++;
    const last = await cache.get<Loaded>(key);
    const early = [read, loaded, last].filter((value) => value !== undefined && value.began < sent);
    expect(early).toEqual([]);
  }
  expect(begunBefore).toBeGreaterThanOrEqual(ROUNDS / 2);
}

const ROUNDS = 200;

describe('a load and a concurrent change of its key', () => {
  test('leave the value of set, whatever the loader returns', async () => {
    const cache = await connectedCache();
    for (let round = 0; round < ROUNDS; round++) {
      const key = `k${round}`;
      await Promise.all([cache.getOrSet(key, () => 'loaded'), cache.set(key, 'set')]);
      expect(await cache.get(key)).toBe('set');
    }
  });

  test('leave the count of incr, or the loaded value if incr was refused because that was stored first', async () => {
    const cache = await connectedCache();
    const codes: string[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const key = `n${round}`;
      const load = new TestLoad(round % 5);
      const loading = cache.getOrSet(key, () => load.loader().then(() => 0));
      await load.stage(round);
      const code = await codeOf(cache.incr(key));
      codes.push(code);
      expect([0, 1]).toContain(await loading);
      expect(await cache.get(key)).toBe(code === 'ok' ? 1 : 0);
    }
    const { ok = 0, WRONG_TYPE = 0 } = tally(codes);
    expect([ok > 0, WRONG_TYPE > 0, ok + WRONG_TYPE]).toEqual([true, true, ROUNDS]);
  });

  test('leave no value of a load that began before delete was sent', async () => {
    const cache = await connectedCache();
    await raceEachStage(cache, (key) => cache.delete(key));
  });

  test('leave no value of a load that began before another process sent delete', async () => {
    const cache = await connectedCache();
    const other = await connectedCache();
    await raceEachStage(cache, (key) => other.delete(key));
  });

  test('leave no value of a load that began before the invalidation of its tag was sent', async () => {
    const cache = new CacheService(started.adapter(server.url, LONG_DEADLINE), { tags: ['tag'] });
    await cache.connect();
    await raceEachStage(cache, () => cache.invalidateTags('tag'));
  });

  test('leave no value of a load that began before flush was sent', async () => {
    const cache = await connectedCache();
    await raceEachStage(cache, () => cache.flush({ wait: false }));
  });
});

function versionsOf(cache: CacheService): Promise<ScopeVersions> {
  return entriesOf(cache.store).versions({ prefixes: ['cache:'] });
}

describe('a load that begins during a flush', () => {
  const KEYS = Array.from({ length: 40 }, (_, i) => `k${i}`);

  test('stores its value if the flush is applied already, and the sweep does not remove it', async () => {
    const cache = await connectedCache();
    await cache.setMany(Array.from({ length: 2000 }, (_, i) => ({ key: `fill${i}`, value: i })));
    const loads: Promise<Loaded>[] = [];
    let applied = Infinity;
    const sent = ++moment;
    const flushing = cache.flush({ wait: false }).then(() => (applied = ++moment));
    for (const key of KEYS) {
      loads.push(cache.getOrSet(key, new TestLoad(1).loader));
      await turns(1);
    }
    await flushing;
    const loaded = await Promise.all(loads);
    await eventually(async () => !(await versionsOf(cache)).isSweeping);
    const left = await cache.getMany<Loaded>(KEYS);
    expect(left.filter((value) => value !== undefined && value.began < sent)).toEqual([]);
    const late = loaded.flatMap(({ began }, i) => (began > applied ? [i] : []));
    expect(late.length).toBeGreaterThan(0);
    expect(late.map((i) => left[i])).toEqual(late.map((i) => loaded[i]));
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
