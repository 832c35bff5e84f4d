import { Injectable, type INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { InjectMetric, PrometheusModule } from '@willsoto/nestjs-prometheus';
import { RedisMetricsModule } from 'nestjs-redis-infra/prometheus';
import { RedisServer } from 'nestjs-redis-infra/testing';
import { Counter, register, Registry, type OpenMetricsContentType } from 'prom-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CacheService, getCacheToken, RedisModule } from '../../src/index.js';
import { bootedApps } from '../support/booted-apps.js';
import { parseExposition, valueOf } from '../support/exposition.js';

let server: RedisServer;
const { boot, bootWith, forget } = bootedApps();

beforeAll(async () => {
  server = await RedisServer.start();
});

afterAll(() => server.stop());

const MISS = { result: 'miss', layer: 'none' };

describe('RedisMetricsModule', () => {
  test('exports what the instance did, in the text format, and nothing after the application was closed', async () => {
    const registry = new Registry();
    const app = await boot(
      RedisModule.forRoot({ connection: server.url, keyPrefix: 'exports:' }),
      RedisMetricsModule.forRoot({ registry }),
    );
    forget();
    const cache = app.get(CacheService);
    await cache.set('city', 'Bern');
    await cache.get('city');
    const text = await registry.metrics();
    expect(text).toContain('redis_cache_requests_total{cache="cache",result="hit",layer="redis"} 1\n');
    expect(text).toContain('redis_infra_build_info{version="0.1.0",mode="standalone"} 1\n');
    const metrics = parseExposition(text);
    expect(metrics.size).toBe(33);
    for (const [name, { help, type }] of metrics) expect([name, help !== '', type !== '']).toEqual([name, true, true]);
    await app.close();
    expect(registry.getMetricsAsArray()).toEqual([]);
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
    expect(valueOf(text, 'redis_cache_requests_total', { cache: 'cache', ...MISS })).toBe(1);
    expect(valueOf(text, 'redis_cache_requests_total', { cache: 'sessions/cache', ...MISS })).toBe(1);
    expect(valueOf(text, 'redis_adapter_up', { client: 'sessions' })).toBe(1);
    expect(valueOf(text, 'redis_infra_build_info', { mode: 'memory' })).toBe(1);
  });

  test('exports the new application when it is created again in one process, also after its registry was cleared', async () => {
    const registry = new Registry();
    for (const reads of [1, 2, 3]) {
      const app = await boot(RedisModule.forRoot(), RedisMetricsModule.forRoot({ registry }));
      for (let i = 0; i < reads; i++) await app.get(CacheService).get('absent');
      const text = await registry.metrics();
      expect(valueOf(text, 'redis_cache_requests_total', { cache: 'cache', ...MISS })).toBe(reads);
      if (reads === 2) registry.clear();
      await app.close();
      expect(registry.getMetricsAsArray()).toEqual([]);
    }
  });

  test('leaves the metrics of the other application when one of two on a registry is closed', async () => {
    const registry = new Registry();
    const first = await boot(RedisModule.forRoot(), RedisMetricsModule.forRoot({ registry }));
    const second = await boot(
      RedisModule.forRoot({ name: 'second' }),
      RedisMetricsModule.forRoot({ registry, instance: 'second' }),
    );
    await first.close();
    expect(valueOf(await registry.metrics(), 'redis_adapter_up')).toBe(1);
    await second.close();
    expect(registry.getMetricsAsArray()).toEqual([]);
  });

  test('names the instance that is not registered when the application starts', async () => {
    const registry = new Registry();
    await expect(boot(RedisMetricsModule.forRoot({ registry, instance: 'absent' }))).rejects.toMatchObject({
      code: 'OPTION_INVALID',
      context: { path: 'instance' },
    });
    expect(registry.getMetricsAsArray()).toEqual([]);
  });

  test('refuses an unknown option, and a registry that is none', () => {
    const invalid = (path: string): unknown => expect.objectContaining({ code: 'OPTION_INVALID', context: { path } });
    const forRoot = (options: object) => () => RedisMetricsModule.forRoot(options);
    expect(forRoot({ registries: [] })).toThrow(invalid('registries'));
    expect(forRoot({ registry: {} })).toThrow(invalid('registry'));
    expect(forRoot({ instance: 7 })).toThrow(invalid('instance'));
  });

  test('takes part in the OpenMetrics format, also for the next application', async () => {
    const registry = new Registry<OpenMetricsContentType>();
    registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
    for (let times = 0; times < 2; times++) {
      const app = await boot(RedisModule.forRoot(), RedisMetricsModule.forRoot({ registry }));
      await app.get(CacheService).get('absent');
      await registry.metrics();
      const text = await registry.metrics();
      expect(text).toContain('# TYPE redis_cache_requests counter\n');
      expect(text).toContain('redis_cache_requests_total{cache="cache",result="miss",layer="none"} 1\n');
      expect(text).toContain('redis_cache_operation_duration_seconds_count{cache="cache",operation="get"} 1\n');
      await app.close();
      expect(registry.getMetricsAsArray()).toEqual([]);
    }
  });
});

describe('RedisMetricsModule with @willsoto/nestjs-prometheus', () => {
  test('adds its metrics to those that PrometheusModule serves, and @InjectMetric finds them', async () => {
    @Injectable()
    class Dashboard {
      constructor(@InjectMetric('redis_cache_requests_total') readonly requests: Counter) {}
    }
    const metrics = RedisMetricsModule.forRoot();
    const builder = Test.createTestingModule({
      imports: [RedisModule.forRoot(), PrometheusModule.register({ defaultMetrics: { enabled: false } }), metrics],
      providers: [Dashboard],
    });
    const app = await bootWith(builder);
    const http: INestApplication = app.createNestApplication({ logger: false });
    await http.listen(0, '127.0.0.1');
    try {
      await app.get(CacheService).get('absent');
      const response = await fetch(`${await http.getUrl()}/metrics`);
      expect(response.headers.get('content-type')).toMatch(/^text\/plain;.* version=0\.0\.4/);
      const text = await response.text();
      expect(valueOf(text, 'redis_cache_requests_total', { cache: 'cache', ...MISS })).toBe(1);
      const { requests } = app.get(Dashboard);
      expect(requests).toBeInstanceOf(Counter);
      expect(requests).toBe(register.getSingleMetric('redis_cache_requests_total'));
    } finally {
      await http.close();
    }
  });
});
