import { Redis } from 'ioredis';
import { RedisServer } from 'nestjs-redis-infra/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { CodecOptions, RedisAdapter, ResealProgress } from '../../src/index.js';
import { resourcesPerTest } from '../support/started.js';

const OLD = { id: 'old', secret: 'the secret that was used until now' };
const NEW = { id: 'new', secret: 'the secret that is used from now on' };

const started = resourcesPerTest();
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
beforeEach(() => raw.flushall());

function adapterWith(codec: CodecOptions): RedisAdapter {
  return started.adapter(server.url, { codec });
}

async function lastOf(progress: AsyncIterable<ResealProgress>): Promise<ResealProgress | undefined> {
  let last: ResealProgress | undefined;
  for await (const step of progress) last = step;
  return last;
}

/** The number of scripts that the server has run. */
async function scriptRuns(): Promise<number> {
  const stats = await raw.info('commandstats');
  const calls = [...stats.matchAll(/cmdstat_eval(?:sha)?:calls=(\d+)/g)].map(([, count]) => Number(count));
  return calls.reduce((sum, count) => sum + count, 0);
}

describe('a plain counter in a sealed store', () => {
  const counting = (bindExpiry: boolean): CodecOptions => ({
    encryption: { keys: [NEW, OLD], counters: 'plain', bindExpiry, resealOnRead: true },
  });

  test.each([true, false])('is never resealed by reads with resealOnRead (bindExpiry: %s)', async (bindExpiry) => {
    const adapter = adapterWith(counting(bindExpiry));
    await adapter.incr('n', 41);
    await adapter.expire('n', '1h');
    await adapter.hset('h', 'f', 7);
    const writesBefore = await scriptRuns();
    for (let i = 0; i < 5; i++) expect(await adapter.get('n')).toBe(41);
    expect(await adapter.getMany(['n'])).toEqual([41]);
    expect(await adapter.hget('h', 'f')).toBe(7);
    // A command for another key on the same connection follows any write that the reads began.
    await adapter.get('another');
    expect(await raw.get('n')).toBe('41');
    expect(await scriptRuns()).toBe(writesBefore);
    expect(await adapter.incr('n')).toBe(42);
  });

  test('continues to count with a ttl, where expiries are sealed with values', async () => {
    const adapter = adapterWith({ encryption: { keys: [NEW], counters: 'plain', bindExpiry: true } });
    expect(await adapter.incr('n')).toBe(1);
    expect(await adapter.expire('n', '1m')).toBe(true);
    await adapter.set('m', 5, '1m');
    expect([await adapter.incr('n'), await adapter.incr('m')]).toEqual([2, 6]);
    expect(await adapter.ttl('m')).toBeGreaterThan(50);
  });

  test('is left unchanged by resealAll', async () => {
    const adapter = adapterWith(counting(true));
    await adapter.incr('n', 41);
    await adapter.expire('n', '1h');
    expect(await lastOf(adapter.resealAll({ wholeDatabase: true }))).toMatchObject({ scanned: 1, resealed: 0 });
    expect(await adapter.incr('n')).toBe(42);
  });

  test('replaces a number that was sealed with its expiry when expire is called', async () => {
    await adapterWith({ encryption: { keys: [OLD], bindExpiry: true } }).set('n', 41, '1h');
    const adapter = adapterWith({ encryption: { keys: [OLD], bindExpiry: true, counters: 'plain' } });
    expect(await adapter.expire('n', '2h')).toBe(true);
    expect(await raw.get('n')).toBe('41');
    expect(await raw.pttl('n')).toBeGreaterThan(7_100_000);
  });

  test('replaces a number that was sealed with an older key in resealAll, and keeps the ttl', async () => {
    await adapterWith({ encryption: { keys: [OLD], bindExpiry: true } }).set('n', 41, '1h');
    await adapterWith({ encryption: { keys: [OLD] } }).set('forever', 41);
    const adapter = adapterWith(counting(true));
    expect(await lastOf(adapter.resealAll({ wholeDatabase: true }))).toMatchObject({ scanned: 2, resealed: 2 });
    expect(await raw.mget('n', 'forever')).toEqual(['41', '41']);
    expect(await raw.pttl('n')).toBeGreaterThan(3_500_000);
    expect(await adapter.incr('n')).toBe(42);
  });
});
