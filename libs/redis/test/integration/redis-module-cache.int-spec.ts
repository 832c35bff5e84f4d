import { Logger } from '@nestjs/common';
import { RedisServer } from 'nestjs-redis-infra/testing';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { CacheService, RedisAdapter, RedisModule } from '../../src/index.js';
import { bootedApps } from '../support/booted-apps.js';
import { eventually } from '../support/eventually.js';

let server: RedisServer;
const { boot, forget } = bootedApps();

beforeAll(async () => {
  server = await RedisServer.start();
});

afterAll(() => server.stop());

const warnings = (): string[] => vi.mocked(Logger.prototype.warn).mock.calls.map(([line]) => String(line));

/** The connections of applications. */
async function connections(): Promise<string[]> {
  const list = String(await server.command('CLIENT', 'LIST'));
  return list.split('\n').filter((line) => line.includes('cmd=') && !line.includes('cmd=client|list'));
}

describe('near copies of an application', () => {
  test('are logged once as short-lived when the server does not permit tracking', async () => {
    await server.command('ACL', 'SETUSER', 'untracked', 'on', '>password', '~*', '&*', '+@all', '-client|tracking');
    const connection = server.url.replace('//', '//untracked:password@');
    const app = await boot(RedisModule.forRoot({ connection, failFast: true, cache: { near: true } }));
    await eventually(() => warnings().length > 0);
    const cache = app.get(CacheService);
    await cache.set('key', 'canary');
    expect(await cache.get('key')).toBe('canary');
    expect(warnings()).toEqual([
      'near copies of the cache are used for at most 2 s, because the server does not report changes (COMMAND_FAILED)',
    ]);
  });

  test('are not logged as short-lived when the server reports changes', async () => {
    const app = await boot(RedisModule.forRoot({ connection: server.url, failFast: true, cache: { near: true } }));
    const cache = app.get(CacheService);
    await cache.set('key', 1);
    await eventually(async () => (await cache.get('key')) === 1 && cache.peek('key') === 1);
    expect(warnings()).toEqual([]);
  });
});

describe('the shutdown of an application', () => {
  test('ends loads in the background and the connection that follows changes', async () => {
    const before = (await connections()).length;
    const cacheOptions = { near: true, ttl: '20ms', staleWhileRevalidate: '1h' } as const;
    const app = await boot(RedisModule.forRoot({ connection: server.url, failFast: true, cache: cacheOptions }));
    const cache = app.get(CacheService);
    let signal: AbortSignal | undefined;
    await cache.getOrSet('stale', () => 'first');
    const hang = (load: { readonly signal: AbortSignal }): Promise<string> => {
      signal = load.signal;
      return new Promise(() => {});
    };
    await eventually(async () => (await cache.getOrSet('stale', hang)) === 'first' && signal !== undefined);
    expect((await connections()).length).toBeGreaterThan(before);
    forget();
    await app.close();
    expect(signal?.aborted).toBe(true);
    expect(cache.peek('stale')).toBeUndefined();
    await eventually(async () => (await connections()).length === before);
    expect(warnings()).toEqual([]);
  });

  test('ends the leases of its loads, so that another process loads the keys at once', async () => {
    const options = { connection: server.url, keyPrefix: 'leases:', failFast: true };
    const app = await boot(RedisModule.forRoot(options));
    const running = app.get(CacheService).getOrSet('key', () => new Promise<string>(() => {}));
    running.catch(() => {});
    const leases = async (): Promise<unknown> => server.command('KEYS', 'leases:~l:*');
    await eventually(() => app.get(CacheService).stats().loads === 1);
    expect(await leases()).toHaveLength(1);
    await app.close();
    forget();
    expect(await leases()).toEqual([]);
  });

  test('closes the connection when the cache does not disconnect within shutdownTimeout', async () => {
    const app = await boot(RedisModule.forRoot({ connection: server.url, failFast: true, shutdownTimeout: '10ms' }));
    vi.spyOn(app.get(CacheService), 'disconnect').mockReturnValue(new Promise(() => {}));
    await app.close();
    forget();
    await eventually(() => app.get(RedisAdapter).status().state === 'closed');
  });

  test('rejects callers that wait for the load of another process', async () => {
    const options = { connection: server.url, keyPrefix: 'waiting:', failFast: true };
    const [one, other] = [await boot(RedisModule.forRoot(options)), await boot(RedisModule.forRoot(options))];
    const running = one.get(CacheService).getOrSet('key', () => new Promise<string>(() => {}));
    running.catch(() => {});
    await eventually(() => one.get(CacheService).stats().loads === 1);
    const waiting = other.get(CacheService).getOrSet('key', () => 'loaded here');
    waiting.catch(() => {});
    await eventually(() => other.get(CacheService).stats().coalesced === 1);
    await other.close();
    await expect(waiting).rejects.toThrow(expect.objectContaining({ code: 'CLOSED' }));
    await one.close();
    await expect(running).rejects.toThrow(expect.objectContaining({ code: 'CLOSED' }));
    forget();
  });
});
