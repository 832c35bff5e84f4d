import { Registry } from 'prom-client';
import { RedisMetricsModule } from 'nestjs-redis-infra/prometheus';
import { RedisServer } from 'nestjs-redis-infra/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CacheService, getCacheToken, RedisModule } from '../../src/index.js';
import { bootedApps } from '../support/booted-apps.js';

let server: RedisServer;
const { boot, forget } = bootedApps();

beforeAll(async () => {
  server = await RedisServer.start();
});

afterAll(() => server.stop());

describe('RedisMetricsModule', () => {
  test('exports what the cache of the instance did, and nothing after the application was closed', async () => {
    const registry = new Registry();
    const app = await boot(
      RedisModule.forRoot({ connection: server.url, keyPrefix: 'exports:' }),
      RedisMetricsModule.forRoot({ registry }),
    );
    forget();
    const cache = app.get(CacheService);
    await cache.get('absent');
    await cache.set('city', 'Bern');
    await cache.get('city');
    const text = await registry.metrics();
    expect(text).toContain('redis_cache_requests_total{cache="cache",result="hit",layer="redis"} 1\n');
    expect(text).toContain('redis_cache_requests_total{cache="cache",result="miss",layer="none"} 1\n');
    expect(text).toContain('redis_cache_operations_total{cache="cache",operation="set",outcome="ok"} 1\n');
    expect(text).toContain('redis_cache_operation_duration_seconds_count{cache="cache",operation="get"} 2\n');
    expect(text).toContain('redis_adapter_up{client="default"} 1\n');
    expect(text).toContain('redis_infra_build_info{version="0.1.0",mode="standalone"} 1\n');
    await app.close();
    expect((await registry.metrics()).trim()).toBe('');
  });

  test('imported twice, and for two instances, exports each instance once', async () => {
    const registry = new Registry();
    const app = await boot(
      RedisModule.forRoot({ connection: server.url, keyPrefix: 'twice:' }),
      RedisModule.forRoot({ name: 'sessions' }),
      RedisMetricsModule.forRoot({ registry }),
      RedisMetricsModule.forRoot({ registry }),
      RedisMetricsModule.forRoot({ registry, instance: 'sessions' }),
    );
    await app.get(CacheService).get('absent');
    await app.get<CacheService>(getCacheToken('sessions')).get('absent');
    const text = await registry.metrics();
    expect(text).toContain('redis_cache_requests_total{cache="cache",result="miss",layer="none"} 1\n');
    expect(text).toContain('redis_cache_requests_total{cache="sessions/cache",result="miss",layer="none"} 1\n');
  });

  test('names the instance that is not registered when the application starts', async () => {
    const registry = new Registry();
    await expect(boot(RedisMetricsModule.forRoot({ registry, instance: 'absent' }))).rejects.toMatchObject({
      code: 'OPTION_INVALID',
      context: { path: 'instance' },
    });
    expect((await registry.metrics()).trim()).toBe('');
  });
});
