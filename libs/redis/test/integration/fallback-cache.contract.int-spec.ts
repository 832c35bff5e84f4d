import { cacheStoreContract, entryStoreContract, RedisServer } from 'nestjs-redis-infra/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FallbackCache, RedisAdapter } from '../../src/index.js';
import { eventually } from '../support/eventually.js';
import { codeOf, LONG_DEADLINE } from '../support/started.js';

const runner = { test, before: beforeAll, after: afterAll };

describe.each(['CacheStore', 'EntryStore'])('FallbackCache over Redis fulfils the contract of %s', (port) => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server.stop());
  const createStore = (keyPrefix: string): FallbackCache =>
    new FallbackCache(new RedisAdapter(server.url, { ...LONG_DEADLINE, keyPrefix }));
  if (port === 'EntryStore') entryStoreContract(runner, { createStore, createPeer: createStore });
  else {
    cacheStoreContract(runner, {
      createStore,
      forgetScripts: async () => void (await server.command('SCRIPT', 'FLUSH')),
    });
  }
});

describe('FallbackCache whose Redis is killed', () => {
  let server: RedisServer;
  let store: FallbackCache;

  beforeAll(async () => {
    server = await RedisServer.start();
    store = new FallbackCache(new RedisAdapter(server.url, LONG_DEADLINE), { maxStale: '1h' });
    await store.connect();
    await store.setMany([
      { key: 'read', value: { a: 1 }, ttl: '1h' },
      { key: 'forever', value: 'f' },
      { key: 'removed', value: 'r' },
      { key: 'unread', value: 'u' },
      { key: 'replaced', value: 'old' },
    ]);
    await store.incr('n', 5);
    await store.hset('h', 'f', 1);
    const keys = ['read', 'forever', 'removed', 'replaced'];
    for (let i = 0; i < 2; i++) await store.getMany(keys);
    // The second read of a plain value asks for its time to live. These replies arrive after those.
    await Promise.all(keys.map((key) => store.ttl(key)));
    await server.kill();
    await eventually(() => store.status().active);
  });

  afterAll(async () => {
    await store.disconnect();
    await server.stop();
  });

  const ANSWERS: readonly [call: string, run: () => Promise<unknown>, answer: unknown][] = [
    ['get of a value that was read twice', () => store.get('read'), { a: 1 }],
    ['get of a value that was never read', () => store.get('unread'), undefined],
    ['get of an unknown key', () => store.get('unknown'), undefined],
    ['getMany', () => store.getMany(['forever', 'unread', 'forever']), ['f', undefined, 'f']],
    ['has of a key with a copy', () => store.has('read'), true],
    ['ttl of a key with a copy that never expires', () => store.ttl('forever'), null],
    ['delete', () => store.delete('removed'), false],
    ['get after delete', () => store.get('removed'), undefined],
    ['deleteMany', () => store.deleteMany(['removed', 'unread']), 0],
    ['set', () => store.set('replaced', 'new'), undefined],
    ['get after set', () => store.get('replaced'), 'new'],
    ['setMany', () => store.setMany([{ key: 'many', value: [1], ttl: '1h' }]), undefined],
    ['get after setMany', () => store.get('many'), [1]],
    ['ttl after set', () => store.ttl('replaced'), null],
  ];

  test.each(ANSWERS)('answers %s', async (_, run, answer) => {
    expect(await run()).toEqual(answer);
  });

  test('answers ttl of a key with a copy in seconds', async () => {
    const seconds = await store.ttl('read');
    expect(seconds).toBeGreaterThan(3000);
    expect(seconds).toBeLessThanOrEqual(3600);
  });

  const REFUSED: readonly [call: string, run: () => Promise<unknown>][] = [
    ['has of a key without a copy', () => store.has('unread')],
    ['ttl of a key without a copy', () => store.ttl('unread')],
    ['incr', () => store.incr('n')],
    ['hset', () => store.hset('h', 'f', 2)],
    ['hget', () => store.hget('h', 'f')],
    ['hgetall', () => store.hgetall('h')],
    ['hdel', () => store.hdel('h', 'f')],
    ['expire', () => store.expire('read', '1m')],
  ];

  test.each(REFUSED)('refuses %s with UNSUPPORTED_WHILE_DOWN', async (_, run) => {
    expect(await codeOf(run())).toBe('UNSUPPORTED_WHILE_DOWN');
  });

  const INVALID: readonly [call: string, run: () => Promise<unknown>, code: string][] = [
    ['an invalid key', () => store.get(''), 'KEY_INVALID'],
    ['an invalid time to live', () => store.set('k', 1, '1 fortnight' as never), 'OPTION_INVALID'],
    ['an invalid amount', () => store.incr('n', 0.5), 'OPTION_INVALID'],
  ];

  test.each(INVALID)('rejects %s as always', async (_, run, code) => {
    expect(await codeOf(run())).toBe(code);
  });

  test('removes everything by clear(), and counts nothing', async () => {
    expect(await store.clear({ wholeDatabase: true })).toBe(0);
    expect(await store.getMany(['read', 'forever', 'replaced', 'many'])).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});
