import { inspect } from 'node:util';
import { Logger } from '@nestjs/common';
import { RedisServer } from 'nestjs-redis-infra/testing';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { CacheService, RedisAdapter, RedisModule } from '../../src/index.js';
import { bootedApps } from '../support/booted-apps.js';
import { eventually } from '../support/eventually.js';
import { ScriptedProxy } from '../support/scripted-proxy.js';

let server: RedisServer;
const { boot, forget } = bootedApps();

beforeAll(async () => {
  server = await RedisServer.start();
});

afterAll(() => server.stop());

describe('RedisModule without Redis', () => {
  test('lets the application start, load values and stop, and logs once what failed and what the cache does', async () => {
    const stopped = await RedisServer.start();
    await stopped.stop();
    const app = await boot(RedisModule.forRoot({ connection: stopped.url }));
    const cache = app.get(CacheService);
    expect(await cache.getOrSet('k', () => 'loaded')).toBe('loaded');
    await eventually(() => app.get(RedisAdapter).status().pool.reconnects > 2);
    expect(await cache.invalidate('k')).toEqual({ status: 'journaled' });
    expect(Logger.prototype.warn).toHaveBeenCalledTimes(2);
    expect(Logger.prototype.warn).toHaveBeenCalledWith(expect.stringContaining('ECONNREFUSED'));
    expect(Logger.prototype.warn).toHaveBeenCalledWith(expect.stringContaining('invalidations wait in its journal'));
  });

  test('logs a command that the server lacks once, with the consequence', async () => {
    const limited = await ScriptedProxy.start(server.port, { INFO: "ERR unknown command 'info'" });
    const app = await boot(RedisModule.forRoot({ connection: limited.url }));
    const redis = app.get(RedisAdapter);
    await redis.connect();
    redis.client.disconnect(true);
    await eventually(() => redis.status().pool.reconnects > 0 && redis.status().state === 'up');
    const lines = vi.mocked(Logger.prototype.warn).mock.calls.map(([line]) => String(line));
    expect(lines.filter((line) => line.includes('Redis is limited'))).toEqual([
      expect.stringMatching(/INFO .*unknown command.*loading/),
    ]);
    await app.close();
    forget();
    limited.stop();
  });

  test('reports the error name of a failed password function, and its message in no log, event or error', async () => {
    const password = async (): Promise<string> => Promise.reject(new TypeError('canary'));
    const app = await boot(RedisModule.forRoot({ connection: { url: server.url, password } }));
    const redis = app.get(RedisAdapter);
    const reported: unknown[] = [];
    redis.on('down', (event) => reported.push(event));
    app.get(CacheService).on('error', (event) => reported.push(event));
    await app.get(CacheService).get('k');
    reported.push(await redis.get('k').catch((error: unknown) => error), redis.status());
    reported.push(vi.mocked(Logger.prototype.warn).mock.calls);
    const report = inspect(reported, { depth: 20, showHidden: true });
    expect(report).not.toContain('canary');
    expect(report).toContain('the password function failed (TypeError)');
  });

  test('fails the start with failFast', async () => {
    const stopped = await RedisServer.start();
    await stopped.stop();
    await expect(boot(RedisModule.forRoot({ connection: stopped.url, failFast: true }))).rejects.toMatchObject({
      code: 'CONNECTION_FAILED',
    });
  });

  test('logs once that Redis is up again', async () => {
    const other = await RedisServer.start();
    const app = await boot(RedisModule.forRoot({ connection: other.url }));
    const redis = app.get(RedisAdapter);
    await eventually(() => redis.status().state === 'up');
    await other.kill();
    await eventually(() => redis.status().state === 'down');
    await other.restart();
    await eventually(() => redis.status().state === 'up');
    const lines = vi
      .mocked(Logger.prototype.log)
      .mock.calls.concat(vi.mocked(Logger.prototype.warn).mock.calls)
      .map(([line]) => String(line));
    expect(lines.filter((line) => line.includes('is up'))).toHaveLength(2);
    expect(lines.filter((line) => line.includes('is down'))).toHaveLength(1);
    await app.close();
    forget();
    await other.stop();
  });
});
