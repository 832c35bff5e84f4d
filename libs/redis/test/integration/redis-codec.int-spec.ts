import { Redis } from 'ioredis';
import { RedisServer } from 'nestjs-redis-infra/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  CacheService,
  RedisAdapter,
  type CodecOptions,
  type KeyProvider,
  type ResealProgress,
} from '../../src/index.js';
import { eventually } from '../support/eventually.js';

const OLD = { id: 'old', secret: 'the secret that was used until now' };
const NEW = { id: 'new', secret: 'the secret that is used from now on' };
const CITY = { name: 'Bern', population: 133_883, founded: new Date('1191-01-01') };

let server: RedisServer;
let raw: Redis;
const adapters: RedisAdapter[] = [];

beforeAll(async () => {
  server = await RedisServer.start();
  raw = new Redis(server.port);
});

afterAll(async () => {
  raw.disconnect();
  await server.stop();
});

beforeEach(() => raw.flushall());

afterEach(async () => {
  for (const adapter of adapters.splice(0)) await adapter.disconnect();
});

function adapterWith(codec?: CodecOptions): RedisAdapter {
  const adapter = new RedisAdapter(server.url, { codec });
  adapters.push(adapter);
  return adapter;
}

const sealedWith = (...keys: (typeof OLD)[]): CodecOptions => ({ encryption: { keys } });
const bytesOf = async (key: string): Promise<Buffer> => (await raw.getBuffer(key)) as Buffer;

async function lastOf(progress: AsyncIterable<ResealProgress>): Promise<ResealProgress | undefined> {
  let last: ResealProgress | undefined;
  for await (const step of progress) last = step;
  return last;
}

describe('the stored bytes', () => {
  test('of plain values are JSON, and those of numbers are digits', async () => {
    const adapter = adapterWith();
    await adapter.set('k', { name: 'Bern', tags: ['a'] });
    await adapter.set('n', 41);
    await adapter.hset('h', 'f', [null]);
    expect(await raw.get('k')).toBe('{"name":"Bern","tags":["a"]}');
    expect(await raw.incr('n')).toBe(42);
    expect(await raw.hget('h', 'f')).toBe('[null]');
  });

  test('of rich values are an envelope whose body is readable JSON', async () => {
    await adapterWith().set('k', CITY);
    const bytes = await bytesOf('k');
    expect([...bytes.subarray(0, 8)]).toEqual([0xc1, 0x52, 1, 0, 3, 0, 0, 0]);
    expect(bytes.toString('utf8', 8)).toBe(
      '[{"name":"Bern","population":133883,"founded":-24582873600000},[["date","founded"]]]',
    );
  });

  test('of large values are compressed, and those of small values are readable', async () => {
    const adapter = adapterWith({ compression: true });
    const large = Array.from({ length: 100 }, (_, i) => ({ id: i, name: 'a name that comes again and again' }));
    await adapter.set('large', large);
    await adapter.set('small', { id: 1 });
    expect((await bytesOf('large')).length).toBeLessThan(JSON.stringify(large).length / 5);
    expect(await raw.get('small')).toBe('{"id":1}');
    expect(await adapterWith().get('large')).toEqual(large);
  });

  test('of sealed values hide the value, are 52 bytes longer, and differ for equal values', async () => {
    const adapter = adapterWith(sealedWith(NEW));
    await adapter.set('a', 'Bern');
    await adapter.set('b', 'Bern');
    const [a, b] = [await bytesOf('a'), await bytesOf('b')];
    expect(a).toHaveLength(52 + 'Bern'.length);
    expect(a.includes('Bern')).toBe(false);
    expect(a.equals(b)).toBe(false);
  });

  test('of values that are compressed on the thread pool arrive in the order of their calls', async () => {
    const adapter = adapterWith({ compression: true });
    const text = (word: string, length: number): string => word.repeat(length);
    const calls = [
      adapter.set('k', text('first', 400_000)),
      adapter.get('k'),
      adapter.set('k', text('second', 8000)),
      adapter.get('k'),
      adapter.set('k', 'third'),
      adapter.getMany(['k']),
      adapter.delete('k'),
      adapter.get('k'),
    ] as const;
    const [, first, , second, , third, deleted, gone] = await Promise.all(calls);
    expect([first, second, third, deleted, gone]).toEqual([
      text('first', 400_000),
      text('second', 8000),
      ['third'],
      true,
      undefined,
    ]);
  });
});

describe('a sealed value', () => {
  test('opens only under the key and field it was written to', async () => {
    const adapter = adapterWith(sealedWith(NEW));
    await adapter.set('a', CITY);
    await adapter.hset('h', 'f', CITY);
    await raw.set('b', await bytesOf('a'));
    await raw.hset('h', 'g', (await raw.hgetBuffer('h', 'f')) as Buffer);
    expect(await adapter.get('a')).toEqual(CITY);
    expect(await adapter.hget('h', 'f')).toEqual(CITY);
    await expect(adapter.get('b')).rejects.toMatchObject({ code: 'CODEC_TAMPERED' });
    await expect(adapter.hget('h', 'g')).rejects.toMatchObject({ code: 'CODEC_TAMPERED' });
    await expect(adapter.hgetall('h')).rejects.toMatchObject({ code: 'CODEC_TAMPERED' });
  });

  test('that was changed rejects with CODEC_TAMPERED and emits security; other reads of the tick resolve', async () => {
    const adapter = adapterWith(sealedWith(NEW));
    await adapter.setMany([
      { key: 'good', value: 1 },
      { key: 'bad', value: 2 },
    ]);
    const bytes = await bytesOf('bad');
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
    await raw.set('bad', bytes);
    const events: string[] = [];
    adapter.on('security', ({ code }) => events.push(code));
    const [good, bad] = await Promise.allSettled([adapter.get('good'), adapter.get('bad')]);
    expect([good.status, bad.status]).toEqual(['fulfilled', 'rejected']);
    expect(events).toEqual(['CODEC_TAMPERED']);
    expect(adapter.status().state).toBe('up');
  });

  test('of an unknown or dropped encryption key rejects with CODEC_UNKNOWN_KEY and stays stored', async () => {
    await adapterWith(sealedWith(OLD)).set('k', CITY);
    await expect(adapterWith(sealedWith(NEW)).get('k')).rejects.toMatchObject({ code: 'CODEC_UNKNOWN_KEY' });
    await expect(adapterWith().get('k')).rejects.toMatchObject({ code: 'CODEC_UNKNOWN_KEY' });
    expect(await adapterWith(sealedWith(NEW, OLD)).get('k')).toEqual(CITY);
  });

  test('is required in a sealed store: plain values are accepted only until acceptPlainUntil', async () => {
    await raw.set('k', '"plain"');
    await adapterWith({ types: [] }).set('rich', CITY);
    const strict = adapterWith(sealedWith(NEW));
    await expect(strict.get('k')).rejects.toMatchObject({ code: 'CODEC_PLAINTEXT_REJECTED' });
    await expect(strict.get('rich')).rejects.toMatchObject({ code: 'CODEC_PLAINTEXT_REJECTED' });
    const until = (ms: number): CodecOptions => ({
      encryption: { keys: [NEW], acceptPlainUntil: new Date(Date.now() + ms) },
    });
    expect(await adapterWith(until(60_000)).getMany(['k', 'rich'])).toEqual(['plain', CITY]);
    await expect(adapterWith(until(-1)).get('k')).rejects.toMatchObject({ code: 'CODEC_PLAINTEXT_REJECTED' });
  });

  test('with a bound expiry expires on time, even if its ttl in Redis was removed', async () => {
    const adapter = adapterWith({ encryption: { keys: [NEW], bindExpiry: true } });
    await adapter.set('k', CITY, '2s');
    await raw.persist('k');
    expect(await adapter.get('k')).toEqual(CITY);
    await eventually(() =>
      adapter.get('k').then(
        () => false,
        (error: { code: string }) => error.code === 'CODEC_EXPIRED',
      ),
    );
  });

  test('with a bound expiry lives longer after expire, which reseals it', async () => {
    const adapter = adapterWith({ encryption: { keys: [NEW], bindExpiry: true } });
    await adapter.set('k', CITY, '2s');
    expect(await adapter.expire('k', '1h')).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 2100));
    expect(await adapter.get('k')).toEqual(CITY);
    expect(await adapter.expire('absent', 1)).toBe(false);
  });
});

describe('counters in a sealed store', () => {
  test("are refused without the option counters: 'plain'", async () => {
    await expect(adapterWith(sealedWith(NEW)).incr('n')).rejects.toMatchObject({
      code: 'OPTION_INVALID',
      context: { path: 'codec.encryption.counters' },
    });
    const counting = adapterWith({ encryption: { keys: [NEW], counters: 'plain' } });
    await counting.set('n', 10);
    expect(await counting.incr('n')).toBe(11);
    expect(await counting.get('n')).toBe(11);
    await raw.set('text', '"plain"');
    await expect(counting.get('text')).rejects.toMatchObject({ code: 'CODEC_PLAINTEXT_REJECTED' });
  });
});

describe('key rotation', () => {
  test('keeps a value readable when a key is added, promoted, used to reseal, and the old key dropped', async () => {
    await adapterWith(sealedWith(OLD)).set('k', CITY, '1h');
    // Added everywhere; the old key still seals.
    const added = adapterWith({ encryption: { keys: [OLD, NEW], primary: 'old' } });
    expect(await added.get('k')).toEqual(CITY);
    // Promoted: the new key seals writes, and reads reseal.
    const promoted = adapterWith({ encryption: { keys: [OLD, NEW], primary: 'new', resealOnRead: true } });
    const before = await bytesOf('k');
    expect(await promoted.get('k')).toEqual(CITY);
    await eventually(async () => !(await bytesOf('k')).equals(before));
    expect(await raw.pttl('k')).toBeGreaterThan(3_500_000);
    // Dropped.
    expect(await adapterWith(sealedWith(NEW)).get('k')).toEqual(CITY);
  });

  test('with resealAll reseals all values and fields, plain ones too, and keeps their ttl', async () => {
    await adapterWith().setMany(
      Array.from({ length: 700 }, (_, i) => ({ key: `plain:${i}`, value: { i }, ttl: '1h' as const })),
    );
    const old = adapterWith(sealedWith(OLD));
    await old.setMany(Array.from({ length: 300 }, (_, i) => ({ key: `old:${i}`, value: { i } })));
    for (let i = 0; i < 5; i++) await old.hset('hash', `f${i}`, { i });
    await adapterWith(sealedWith({ id: 'lost', secret: 'a secret that was lost' })).set('lost', 1);
    await raw.lpush('list', 'not ours');
    const adapter = adapterWith({ encryption: { keys: [NEW, OLD], acceptPlainUntil: new Date(Date.now() + 60_000) } });
    const result = await lastOf(adapter.resealAll({ wholeDatabase: true }));
    expect(result).toMatchObject({ resealed: 1005, changed: 0, failed: { CODEC_UNKNOWN_KEY: 1 } });
    expect(result?.scanned).toBeGreaterThanOrEqual(1003);
    const strict = adapterWith(sealedWith(NEW));
    expect(await strict.getMany(['plain:0', 'plain:699', 'old:299'])).toEqual([{ i: 0 }, { i: 699 }, { i: 299 }]);
    expect(await strict.hget('hash', 'f4')).toEqual({ i: 4 });
    expect(await raw.pttl('plain:5')).toBeGreaterThan(3_500_000);
    expect(await lastOf(adapter.resealAll({ wholeDatabase: true }))).toMatchObject({ resealed: 0 });
    expect(await raw.lrange('list', 0, -1)).toEqual(['not ours']);
  });

  test('with resealAll seals the expiry that a plain value has', async () => {
    await adapterWith().set('k', 'v', '100ms');
    const encryption = { keys: [NEW], bindExpiry: true, acceptPlainUntil: new Date(Date.now() + 60_000) };
    const adapter = adapterWith({ encryption });
    expect(await lastOf(adapter.resealAll({ wholeDatabase: true }))).toMatchObject({ resealed: 1 });
    await raw.persist('k');
    await eventually(() =>
      adapter.get('k').then(
        () => false,
        (error: { code: string }) => error.code === 'CODEC_EXPIRED',
      ),
    );
  });

  test('with resealAll and no prefix is refused without wholeDatabase', async () => {
    const adapter = adapterWith(sealedWith(NEW));
    await expect(lastOf(adapter.resealAll())).rejects.toMatchObject({ code: 'OPTION_INVALID' });
    await adapterWith(sealedWith(OLD)).setMany([
      { key: 'a:1', value: 1 },
      { key: 'b:1', value: 1 },
    ]);
    expect(await lastOf(adapterWith(sealedWith(NEW, OLD)).resealAll({ prefix: 'a:' }))).toMatchObject({
      scanned: 1,
      resealed: 1,
    });
  });

  test('with resealOnRead never overwrites a value that was written meanwhile', async () => {
    const adapter = adapterWith({ encryption: { keys: [NEW, OLD], resealOnRead: true } });
    const old = adapterWith(sealedWith(OLD));
    for (let round = 0; round < 50; round++) {
      await old.set('k', { round });
      const reading = adapter.get('k');
      await Promise.all([reading, adapter.set('k', { newer: round })]);
      await new Promise((resolve) => setTimeout(resolve, 2));
      expect(await adapter.get('k')).toEqual({ newer: round });
    }
  });
});

describe('a key provider', () => {
  test('that hangs makes calls reject at their deadline as not-sent', async () => {
    const provider: KeyProvider = { keys: () => new Promise(() => {}), primary: async () => 'new' };
    const adapter = new RedisAdapter(server.url, {
      codec: { encryption: { provider } },
      resilience: { deadline: '60ms' },
    });
    adapters.push(adapter);
    await expect(adapter.set('k', 1)).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED', outcome: 'not-sent' });
    await raw.set('k', Buffer.concat([Buffer.from([0xc1, 0x52, 1, 0, 2, 0, 1, 0]), Buffer.alloc(60)]));
    await expect(adapter.get('k')).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    await expect(adapter.getMany(['k'])).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    expect(adapter.status().state).toBe('up');
  });

  test('that rejects makes the adapter reject with CODEC_KEY_PROVIDER, and the cache skip the write', async () => {
    const keys = vi.fn(async () => Promise.reject(new Error('canary: the vault is sealed')));
    const adapter = adapterWith({ encryption: { provider: { keys, primary: async () => 'new' } } });
    await expect(adapter.set('k', 1)).rejects.toMatchObject({ code: 'CODEC_KEY_PROVIDER' });
    await expect(adapter.set('k', 1)).rejects.not.toThrow(/canary/);
    const cache = new CacheService(adapter);
    expect(await cache.getOrSet('k', () => 'loaded')).toBe('loaded');
    expect(cache.stats().skippedWrites).toBe(1);
  });
});

describe('CacheService with a codec', () => {
  test('treats an unreadable value as a miss that is counted by code, and reads the others of a batch', async () => {
    const adapter = adapterWith(sealedWith(NEW));
    const cache = new CacheService(adapter);
    const events: string[] = [];
    cache.on('security', ({ code }) => events.push(code));
    await cache.setMany([
      { key: 'good', value: 1 },
      { key: 'bad', value: 2 },
    ]);
    await raw.set('cache:bad', '"plain"');
    expect(await cache.getMany(['good', 'bad'])).toEqual([1, undefined]);
    expect(await cache.get('bad')).toBeUndefined();
    expect(await cache.inspect('bad')).toMatchObject({
      state: 'absent',
      why: expect.stringContaining('cannot be decoded'),
    });
    expect(await cache.getOrSet('bad', () => 'loaded')).toBe('loaded');
    expect(await cache.get('bad')).toBe('loaded');
    expect(cache.stats().errors).toEqual({ CODEC_PLAINTEXT_REJECTED: 3 });
    expect(events).toHaveLength(3);
  });

  test.each<[string, CodecOptions | undefined, Buffer]>([
    ['CODEC_UNKNOWN_KEY', undefined, Buffer.concat([Buffer.from([0xc1, 0x52, 1, 0, 2, 0, 1, 0]), Buffer.alloc(60)])],
    [
      'CODEC_UNKNOWN_KEY',
      sealedWith(OLD),
      Buffer.concat([Buffer.from([0xc1, 0x52, 1, 0, 2, 0, 1, 0]), Buffer.alloc(60)]),
    ],
    ['CODEC_UNSUPPORTED', undefined, Buffer.from([0xc1, 0x52, 9, 0, 0, 0, 0, 0, 1])],
    ['CODEC_MALFORMED', undefined, Buffer.from([0xc1, 0x52, 1])],
  ])('replaces a value that is unreadable with %s by the first load', async (code, codec, bytes) => {
    const cache = new CacheService(adapterWith(codec), { ttl: null });
    await raw.set('cache:k', bytes);
    const loader = vi.fn(() => 'loaded');
    for (let i = 0; i < 20; i++) expect(await cache.getOrSet('k', loader)).toBe('loaded');
    expect(loader).toHaveBeenCalledTimes(1);
    expect(cache.stats()).toMatchObject({ errors: { [code]: 1 }, skippedWrites: 0 });
  });

  test('lets a namespace have its own codec, and inspect reports it', async () => {
    const cache = new CacheService(adapterWith());
    const sealed = cache.namespace('sealed', { codec: sealedWith(NEW) });
    const small = cache.namespace('small', { codec: { compression: { minBytes: 1 } } });
    for (const space of [cache, sealed, small]) await space.set('k', { text: 'x'.repeat(500) });
    expect(await cache.inspect('k')).toMatchObject({ codec: 'plain', bytes: 511 });
    expect(await sealed.inspect('k')).toMatchObject({ codec: 'envelope: json, sealed', bytes: 563 });
    expect(await small.inspect('k')).toMatchObject({ codec: 'envelope: json, deflate-raw' });
    expect(await sealed.get('k')).toEqual({ text: 'x'.repeat(500) });
    expect(await sealed.with({ deadline: '1s' }).get('k')).toEqual({ text: 'x'.repeat(500) });
    expect((await bytesOf('cache:sealed::k')).includes('xxx')).toBe(false);
    expect(await cache.flush()).toMatchObject({ removed: 3 });
  });

  test('rejects set of a too large value with CODEC_TOO_LARGE; getOrSet returns the value without storing it', async () => {
    const cache = new CacheService(adapterWith({ maxEncodedBytes: 1000 }));
    const large = 'x'.repeat(2000);
    await expect(cache.set('k', large)).rejects.toMatchObject({ code: 'CODEC_TOO_LARGE', outcome: 'not-sent' });
    expect(await cache.getOrSet('k', () => large)).toBe(large);
    expect(await cache.has('k')).toBe(false);
  });
});
