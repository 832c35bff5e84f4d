import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { RedisServer } from 'nestjs-redis-infra/testing';
import { DemoProcess } from '../demo.process.js';
import { alertRules } from '../monitoring/alerts.file.js';
import { SERIES } from '../monitoring/series.js';
import { DemoTraffic } from './demo.traffic.js';
import { PrometheusProcess, type QueryResult } from './prometheus.process.js';
import { promtoolReading } from './promtool.js';
import { emptyQueries, firingAlerts, rulesWithoutDelay } from './shipped.files.js';

const MINUTES = 60_000;
const SEARCH = '/cities/search?q=zurich&limit=3';
const SEALED = 'places:cache:searches::zurich:3';

const data = mkdtempSync(join(tmpdir(), 'places-'));
afterAll(() => rmSync(data, { recursive: true, force: true }));

describe('a Prometheus that scrapes the demo', () => {
  let redis: RedisServer;
  let client: Redis;
  let demo: DemoProcess;
  let traffic: DemoTraffic;
  let prometheus: PrometheusProcess;
  beforeAll(async () => {
    redis = await RedisServer.start();
    client = new Redis(redis.url);
    // A test kills the server.
    client.on('error', () => {});
    demo = await DemoProcess.connected({ data, env: { REDIS_URL: redis.url } });
    traffic = new DemoTraffic(demo);
    prometheus = await PrometheusProcess.start({ target: new URL(demo.url).host, rules: rulesWithoutDelay() });
  }, 3 * MINUTES);
  afterAll(async () => {
    await prometheus?.stop();
    await traffic?.stop();
    await demo?.stop();
    client?.disconnect();
    await redis?.stop();
  });

  const firing = (): Promise<string[]> => firingAlerts(prometheus);

  it('reads metrics that pass promtool check metrics', async () => {
    const { code, output } = await promtoolReading(await demo.read('/metrics'), 'check', 'metrics');
    expect({ code, output }).toEqual({ code: 0, output: expect.any(String) as string });
  });

  it('reads series of the package with their labels, and no others', async () => {
    await expect
      .poll(() => prometheus.query('{__name__=~"redis_.+"}'), { timeout: MINUTES })
      .toSatisfy((results: readonly QueryResult[]) => results.length > 0);
    const results = await prometheus.query('{__name__=~"redis_.+"}');
    expect(results.map(({ metric }) => metric).filter((metric) => !isExpected(metric))).toEqual([]);
  });

  it('evaluates all alert rules of the package without an error', async () => {
    await expect
      .poll(() => prometheus.rules(), { timeout: MINUTES })
      .toSatisfy((rules: readonly { health: string }[]) => rules.every(({ health }) => health === 'ok'));
    // It orders the groups by name.
    const names = (await prometheus.rules()).map(({ name }) => name);
    expect(names.sort()).toEqual(
      alertRules()
        .map(({ name }) => name)
        .sort(),
    );
  });

  it(
    'fires the alerts of an outage while Redis is down, and ends them afterwards',
    async () => {
      await expect.poll(firing, { timeout: MINUTES }).not.toContain('RedisUnavailable');
      await redis.kill();
      const outage = ['RedisUnavailable', 'RedisBreakerOpen', 'RedisFallbackActiveLong', 'RedisRateLimiterFailing'];
      await expect.poll(firing, { timeout: MINUTES }).toEqual(expect.arrayContaining(outage));
      const alert = (await prometheus.alerts()).find(({ labels }) => labels.alertname === 'RedisUnavailable');
      expect(alert?.annotations.summary).toBe('No process of demo reaches Redis.');
      await redis.restart();
      await expect.poll(firing, { timeout: MINUTES }).not.toEqual(expect.arrayContaining(['RedisUnavailable']));
      await expect.poll(firing, { timeout: MINUTES }).not.toEqual(expect.arrayContaining(['RedisBreakerOpen']));
    },
    4 * MINUTES,
  );

  it(
    'has data for each panel of the dashboard, except those of shards and of the cleanup',
    async () => {
      const titles = ['Overview', 'Cache', 'Redis client', 'Fallback', 'Rate limits'];
      const withDamagedValue = async (): Promise<string[]> => {
        await client.set(SEALED, 'damaged');
        // The searches of the traffic are refused.
        await demo.askFrom('127.0.0.2', SEARCH);
        return emptyQueries(prometheus, titles);
      };
      await expect.poll(withDamagedValue, { timeout: MINUTES, interval: 500 }).toEqual([]);
    },
    2 * MINUTES,
  );
});

describe('a Prometheus that scrapes the demo on shards', () => {
  it(
    'has data for each panel of shards, and fires the alert of a shard that is down',
    async () => {
      const { REDIS_SERVER_BIN = '' } = process.env;
      const demo = await DemoProcess.connected({ data, args: ['--shards'], env: { REDIS_SERVER_BIN } });
      onTestFinished(async () => void (await demo.stop()));
      const traffic = new DemoTraffic(demo);
      onTestFinished(() => traffic.stop());
      const prometheus = await PrometheusProcess.start({ target: new URL(demo.url).host, rules: rulesWithoutDelay() });
      onTestFinished(() => prometheus.stop());
      await expect.poll(() => emptyQueries(prometheus, ['Shards']), { timeout: MINUTES }).toEqual([]);
      await demo.ask('/shards/eu-2', { method: 'DELETE' });
      await expect.poll(() => firingAlerts(prometheus), { timeout: MINUTES }).toContain('RedisShardDown');
      const alerts = await prometheus.alerts();
      const down = alerts.filter(({ labels }) => labels.alertname === 'RedisShardDown');
      expect(down.map(({ labels }) => labels.shard)).toEqual(['eu-2']);
      // The other shards serve their keys, so this is not an outage of Redis.
      expect(await firingAlerts(prometheus)).not.toContain('RedisUnavailable');
    },
    4 * MINUTES,
  );
});

/** A series of the package, with its labels and those of Prometheus. */
function isExpected({ __name__: name = '', ...labels }: QueryResult['metric']): boolean {
  const family = name in SERIES ? name : name.replace(/_(?:bucket|sum|count)$/, '');
  const expected = SERIES[family]?.map((label) => (label === 'job' ? 'exported_job' : label));
  const own = Object.keys(labels).filter((label) => !['job', 'instance', 'le'].includes(label));
  return expected !== undefined && own.sort().join() === expected.sort().join();
}
