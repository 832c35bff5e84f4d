import { Redis } from 'ioredis';
import { RedisCluster, RedisServer } from 'nestjs-redis-infra/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CacheService, type ResealProgress } from '../../src/index.js';
import { resourcesPerTest } from '../support/started.js';

const started = resourcesPerTest();
/** Invalid UTF-8. Decoded, it looks like the key that contains U+FFFD itself. */
const BYTES = Buffer.from([0x63, 0x61, 0x66, 0xe9]);
const LOOKALIKE = 'caf\uFFFD';

function underPrefix(prefix: string, key: Buffer | string): Buffer {
  return Buffer.concat([Buffer.from(prefix), Buffer.from(key)]);
}

async function lastOf(progress: AsyncIterable<ResealProgress>): Promise<ResealProgress | undefined> {
  let last: ResealProgress | undefined;
  for await (const step of progress) last = step;
  return last;
}

describe('keys under the prefix that are not valid UTF-8', () => {
  let server: RedisServer;
  let raw: Redis;
  beforeAll(async () => {
    server = await RedisServer.start();
    raw = new Redis(server.port);
  });
  afterAll(async () => {
    raw.disconnect();
    await server.stop();
  });

  test.each([1, 3])('are removed by flush, with those that contain U+FFFD, over %i connections', async (poolSize) => {
    await raw.flushall();
    const adapter = started.adapter({ url: server.url, poolSize }, { keyPrefix: 'app:' });
    const cache = new CacheService(adapter);
    await cache.set(LOOKALIKE, 1);
    await cache.set('k', 1);
    await raw.set(underPrefix('app:cache:', BYTES), 'foreign');
    await raw.set(underPrefix('app:cache:', 'x'.repeat(2000)), 'too long for this package');
    await raw.set(underPrefix('app:other:', BYTES), 'stays');
    expect(await cache.flush()).toMatchObject({ removed: 4 });
    expect(await raw.keysBuffer('app:cache:*')).toEqual([]);
    expect(await raw.keysBuffer('app:other:*')).toEqual([underPrefix('app:other:', BYTES)]);
  });

  test('are removed by clear, with keys that are too long and the prefix itself', async () => {
    await raw.flushall();
    const adapter = started.adapter(server.url, { keyPrefix: 'odd:' });
    await adapter.set('k', 1);
    await raw.set('odd:', 'a key like the prefix');
    await raw.set(`odd:${'x'.repeat(1100)}`, 'too long');
    await raw.set(underPrefix('odd:', Buffer.from([0xff, 0xfe])), 'not text');
    expect(await adapter.clear()).toBe(4);
  });

  test('are counted as skipped by a scan, and never returned as another key', async () => {
    await raw.flushall();
    const adapter = started.adapter(server.url, { keyPrefix: 'app:' });
    await adapter.set('k', 1);
    await raw.set(underPrefix('app:', BYTES), 'by another');
    let keys: string[] = [];
    let skipped = 0;
    for await (const batch of adapter.can.keys!.scan()) {
      keys = keys.concat(batch.keys);
      skipped += batch.skipped ?? 0;
    }
    expect(keys).toEqual(['k']);
    expect(skipped).toBe(1);
  });

  test('are reported as failed by resealAll, as are such hash fields; keys with U+FFFD are resealed', async () => {
    await raw.flushall();
    const codec = { encryption: { keys: [{ id: 'a', secret: 'the secret that is used from now on' }] } };
    const plain = started.adapter(server.url);
    await plain.set(LOOKALIKE, { n: 1 });
    await plain.hset('hash', LOOKALIKE, { n: 1 });
    await raw.set(BYTES, '{"n":2}');
    await raw.hset('hash', BYTES, '{"n":2}');
    const until = { acceptPlainUntil: new Date(Date.now() + 60_000) };
    const sealing = started.adapter(server.url, { codec: { encryption: { ...codec.encryption, ...until } } });
    expect(await lastOf(sealing.resealAll({ wholeDatabase: true }))).toEqual({
      scanned: 3,
      resealed: 2,
      changed: 0,
      failed: { KEY_INVALID: 2 },
    });
    const strict = started.adapter(server.url, { codec });
    expect(await strict.get(LOOKALIKE)).toEqual({ n: 1 });
    expect(await strict.hget('hash', LOOKALIKE)).toEqual({ n: 1 });
    expect(await raw.get(BYTES)).toBe('{"n":2}');
  });
});

describe('keys of a cluster that are not valid UTF-8', () => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await RedisCluster.start({ replicasPerMaster: 0 });
  });
  afterAll(() => cluster.stop());

  test('are removed by flush, with those that contain U+FFFD', async () => {
    const adapter = started.adapter(cluster.url);
    const cache = new CacheService(adapter);
    await cache.setMany(Array.from({ length: 30 }, (_, i) => ({ key: `${LOOKALIKE}${i}`, value: i })));
    // The hash tag is the script's key, so the client need not route keys of such bytes.
    const script = {
      name: 'FOREIGN',
      source: "return redis.call('SET', 'cache:{' .. KEYS[1] .. '}\\233', '1')",
      keys: 1,
      parse: String,
    };
    for (let i = 0; i < 30; i++) await adapter.can.scripts?.run(script, [`tag${i}`], []);
    expect((await cache.flush()).removed).toBe(60);
    const left: string[] = [];
    for await (const { keys } of adapter.can.keys?.scan() ?? []) left.push(...keys);
    expect(left).toEqual(['~v:{cache:}']);
  });
});
