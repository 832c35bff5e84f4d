import { inspect } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { RedisServer } from 'nestjs-redis-infra/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  CacheService,
  MemoryAdapter,
  RedisAdapter,
  RedisConfig,
  type AdapterOptions,
  type KeyProvider,
} from '../../src/index.js';
import { eventually } from '../support/eventually.js';

const KEY = { id: 'a', secret: 'a secret of the test' };
let server: RedisServer;
let raw: Redis;
let unhandled: unknown[] = [];
const adapters: RedisAdapter[] = [];
const note = (reason: unknown): void => void unhandled.push(reason);

beforeAll(async () => {
  server = await RedisServer.start();
  raw = new Redis(server.port);
  process.on('unhandledRejection', note);
});

afterAll(async () => {
  process.off('unhandledRejection', note);
  raw.disconnect();
  await server.stop();
});

beforeEach(async () => {
  await raw.flushall();
  unhandled = [];
});

afterEach(async () => {
  for (const adapter of adapters.splice(0)) await adapter.disconnect();
  if (unhandled.length > 0) throw new Error('a rejection was left to nobody', { cause: unhandled[0] });
});

function adapterWith(options?: AdapterOptions): RedisAdapter {
  const adapter = new RedisAdapter(server.url, options);
  adapters.push(adapter);
  return adapter;
}

const codeOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'resolved',
    (error: { code: string }) => error.code,
  );

/** Keys that come after the first question only. */
function slowProvider(ms: number): KeyProvider {
  return { keys: () => sleep(ms, [KEY]), primary: async () => KEY.id };
}

describe('calls keep their order', () => {
  test('around the first connect, also for those who are told that it is up', async () => {
    const adapter = adapterWith();
    let told: Promise<void> | undefined;
    adapter.on('up', () => {
      told = adapter.set('told', 'second');
    });
    const connecting = adapter.connect();
    const first = [adapter.set('k', 'first'), adapter.set('told', 'first')];
    await connecting;
    await adapter.set('k', 'second');
    await Promise.all([...first, told]);
    expect(await adapter.getMany(['k', 'told'])).toEqual(['second', 'second']);
  });

  test('behind a write that is still being made, also when one between them ends early', async () => {
    const adapter = adapterWith({ codec: { encryption: { provider: slowProvider(100) } } });
    await adapter.connect();
    const big = adapter.set('k', 'old');
    expect(await codeOf(adapter.with({ deadline: '5ms' }).set('k', 'older'))).toBe('DEADLINE_EXCEEDED');
    expect(await adapter.delete('k')).toBe(true);
    await big;
    expect(await adapter.get('k')).toBeUndefined();
  });

  test('and end at their own deadline all the same', async () => {
    const adapter = adapterWith({
      codec: { encryption: { provider: slowProvider(3000) } },
      resilience: { deadline: '60ms' },
    });
    await adapter.connect();
    const write = codeOf(adapter.with({ deadline: '4s' }).set('k', 1));
    const controller = new AbortController();
    const calls = [
      adapter.get('k'),
      adapter.delete('k'),
      adapter.getMany(['k']),
      adapter.with({ deadline: '1m', signal: controller.signal }).has('k'),
    ];
    controller.abort();
    expect(await Promise.all(calls.map(codeOf))).toEqual(Array.from({ length: 4 }, () => 'DEADLINE_EXCEEDED'));
    await adapter.disconnect();
    expect(await write).not.toBe('resolved');
  });

  test('and a provider that hangs lets expire end too', async () => {
    const sealed = { encryption: { keys: [KEY], bindExpiry: true } };
    await adapterWith({ codec: sealed }).set('k', 'v', '1h');
    const provider = { keys: () => new Promise<never>(() => {}), primary: async () => KEY.id };
    const adapter = adapterWith({
      codec: { encryption: { provider, bindExpiry: true } },
      resilience: { deadline: '60ms' },
    });
    expect(await codeOf(adapter.expire('k', '2h'))).toBe('DEADLINE_EXCEEDED');
  });
});

describe('a load and a change of its key at once', () => {
  test('end with the change, whatever the load brings', async () => {
    const cache = new CacheService(adapterWith());
    await cache.connect();
    for (let round = 0; round < 200; round++) {
      const key = `k${round}`;
      await Promise.all([cache.getOrSet(key, () => 'loaded'), cache.set(key, 'set')]);
      expect(await cache.get(key)).toBe('set');
      const counter = `n${round}`;
      await Promise.all([cache.getOrSet(counter, () => 0), cache.incr(counter)].map((call) => call.catch(() => {})));
      await Promise.all([cache.getOrSet(`d${round}`, () => 'loaded'), cache.delete(`d${round}`)]);
      expect(await cache.get(`d${round}`)).toBeUndefined();
    }
  });

  test('nothing that began to load during a flush is there after it', async () => {
    const cache = new CacheService(adapterWith());
    await cache.setMany(Array.from({ length: 2000 }, (_, i) => ({ key: `fill${i}`, value: i })));
    let acknowledged = false;
    const flushing = cache.flush().then(() => (acknowledged = true));
    const loading: Promise<unknown>[] = [];
    for (let i = 0; i < 40; i++) {
      loading.push(cache.getOrSet(`k${i}`, () => sleep(1, { begunAfter: acknowledged })));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await flushing;
    await Promise.all(loading);
    const left = await cache.getMany<{ begunAfter: boolean }>(Array.from({ length: 40 }, (_, i) => `k${i}`));
    expect(left.filter((value) => value?.begunAfter === false)).toEqual([]);
  });

  test('disconnect aborts also those that were fenced, and none begins after it', async () => {
    const cache = new CacheService(new MemoryAdapter());
    const signals: AbortSignal[] = [];
    const hang = (): Promise<unknown> =>
      codeOf(cache.getOrSet('k', (ctx) => (signals.push(ctx.signal), new Promise(() => {}))));
    const first = hang();
    await eventually(() => signals.length === 1);
    await cache.delete('k');
    const second = hang();
    await eventually(() => signals.length === 2);
    await cache.disconnect();
    expect(await Promise.all([first, second])).toEqual(['CLOSED', 'CLOSED']);
    expect(signals.every((signal) => signal.aborted)).toBe(true);
    await cache.connect();
    for (let ticks = 0; ticks < 12; ticks++) {
      const call = codeOf(cache.getOrSet(`t${ticks}`, () => 'v', { loadTimeout: '1s' }));
      for (let i = 0; i < ticks; i++) await Promise.resolve();
      await cache.disconnect();
      expect(['CLOSED', 'resolved']).toContain(await call);
      await cache.connect();
    }
  });

  test('a value that cannot be written is the error of who loaded it, and of nobody else', async () => {
    const cache = new CacheService(adapterWith());
    await cache.connect();
    for (let ticks = 0; ticks < 16; ticks++) {
      const load = codeOf(cache.getOrSet('k', () => ({ no: () => 1 })));
      for (let i = 0; i < ticks; i++) await Promise.resolve();
      expect(await codeOf(cache.delete('k'))).toBe('resolved');
      // Fenced in time, it was not written at all.
      expect(['CODEC_SERIALIZE', 'resolved']).toContain(await load);
    }
  });
});

describe('one bad apple', () => {
  test('in a batch rejects it, and leaves no rejection to nobody', async () => {
    await adapterWith({ codec: { encryption: { keys: [{ id: 'lost', secret: 'a secret that was lost' }] } } }).set(
      'sealed',
      1,
    );
    await raw.set('plain', '1');
    const adapter = adapterWith({ codec: { encryption: { provider: slowProvider(20) } } });
    expect(await codeOf(adapter.getMany(['sealed', 'plain']))).toMatch(/CODEC_(PLAINTEXT_REJECTED|UNKNOWN_KEY)/);
    await sleep(50);
  });

  test('an impatient caller does not end the connection of the others', async () => {
    const adapter = adapterWith();
    await adapter.connect();
    const patient = Array.from({ length: 20 }, (_, i) => adapter.set(`k${i}`, i));
    const impatient = adapter.with({ deadline: '1ms' });
    server.freeze();
    const calls = Array.from({ length: 10 }, (_, i) => codeOf(impatient.get(`k${i}`)));
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['DEADLINE_EXCEEDED']));
    server.thaw();
    await Promise.all(patient);
    expect(adapter.status().pool.reconnects).toBe(0);
  });

  test('a password function that hangs once is asked again', async () => {
    let asked = 0;
    const password = (): Promise<string> => (++asked === 1 ? new Promise(() => {}) : Promise.resolve(''));
    const adapter = new RedisAdapter(new RedisConfig({ url: server.url, password, connectTimeout: '50ms' }));
    adapters.push(adapter);
    expect(await codeOf(adapter.connect())).toBe('CONNECTION_FAILED');
    await eventually(() => asked > 1);
  });

  test('clear and flush also remove keys that this package could not have written', async () => {
    const adapter = adapterWith({ keyPrefix: 'odd:' });
    await adapter.set('k', 1);
    await raw.set('odd:', 'a key like the prefix');
    await raw.set(`odd:${'x'.repeat(1100)}`, 'too long');
    await raw.set(Buffer.concat([Buffer.from('odd:'), Buffer.from([0xff, 0xfe])]), 'no text');
    expect(await adapter.clear()).toBe(4);
    const cache = new CacheService(adapterWith());
    await cache.set('k', 1);
    await raw.set(`cache:${'x'.repeat(1100)}`, 'too long');
    expect((await cache.flush()).removed).toBe(2);
  });
});

describe('counters and times', () => {
  test('a counter with a time to live goes on counting where ends are sealed', async () => {
    const adapter = adapterWith({ codec: { encryption: { keys: [KEY], counters: 'plain', bindExpiry: true } } });
    expect(await adapter.incr('n')).toBe(1);
    expect(await adapter.expire('n', '1m')).toBe(true);
    await adapter.set('m', 5, '1m');
    expect([await adapter.incr('n'), await adapter.incr('m')]).toEqual([2, 6]);
    expect(await adapter.ttl('m')).toBeGreaterThan(50);
  });

  test('resealing a plain value seals the end it has', async () => {
    await adapterWith().set('k', 'v', '100ms');
    const encryption = { keys: [KEY], bindExpiry: true, acceptPlainUntil: new Date(Date.now() + 60_000) };
    const adapter = adapterWith({ codec: { encryption } });
    for await (const _ of adapter.resealAll({ wholeDatabase: true }));
    await raw.persist('k');
    await eventually(async () => (await codeOf(adapter.get('k'))) === 'CODEC_EXPIRED');
  });

  test('in the embedded store expire and incr of one turn are in order', async () => {
    const store = new MemoryAdapter();
    await store.set('n', 1);
    await Promise.all([store.expire('n', 100), store.incr('n')]);
    expect(await store.ttl('n')).toBeGreaterThan(90);
  });

  test('a buffer belongs to its owner once set was called', async () => {
    const adapter = adapterWith({ codec: { encryption: { provider: slowProvider(20) } } });
    const bytes = Buffer.from('aaaa');
    const setting = adapter.set('k', bytes);
    bytes.fill('z');
    await setting;
    expect(await adapter.get('k')).toEqual(Buffer.from('aaaa'));
  });
});

test('no password is seen through what is injected, however it is shown', async () => {
  await raw.config('SET', 'requirepass', 'S3CRET-canary');
  const adapter = new RedisAdapter(`redis://:S3CRET-canary@127.0.0.1:${server.port}`);
  adapters.push(adapter);
  await adapter.connect();
  await raw.auth('S3CRET-canary');
  await raw.config('SET', 'requirepass', '');
  const cache = new CacheService(adapter);
  for (const shown of [adapter, cache, { adapter, cache }, adapter.can, adapter.can.link]) {
    expect(inspect(shown, { depth: 20, showHidden: true })).not.toContain('S3CRET');
    expect(JSON.stringify(shown) ?? '').not.toContain('S3CRET');
  }
});

test('a call right after disconnect() and connect() waits for the new connection', async () => {
  const adapter = new RedisAdapter(server.url);
  adapters.push(adapter);
  for (let round = 1; round <= 5; round++) {
    await adapter.connect();
    const closing = adapter.disconnect();
    const opening = adapter.connect();
    expect(await adapter.incr('rounds')).toBe(round);
    await Promise.all([closing, opening]);
  }
});
