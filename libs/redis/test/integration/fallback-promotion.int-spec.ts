import { RedisSentinels, type RedisServer } from 'nestjs-redis-infra/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { FallbackCache, RedisAdapter } from '../../src/index.js';
import { connectedCache, down, recordEvents, recovered } from '../support/fallback.js';
import { eventually } from '../support/eventually.js';
import { LONG_DEADLINE, resourcesPerTest } from '../support/started.js';
import { failOnUnhandledRejections } from '../support/unhandled-rejections.js';
import { startRouter } from '../support/connection-router.js';

const started = resourcesPerTest();
failOnUnhandledRejections();

describe('a replica that is promoted without the last changes', () => {
  let master: RedisServer;
  let replica: RedisServer;
  let target: RedisServer;
  let url: string;

  beforeEach(async () => {
    master = await started.server();
    replica = await started.server({ replicaOf: master });
    target = master;
    const router = await startRouter({ portOf: () => target.port });
    started.undo(() => router.stop());
    url = router.url;
  });

  /** Cuts the replica off, so that it misses what follows. */
  async function cutOff(): Promise<void> {
    await replica.command('REPLICAOF', 'NO', 'ONE');
  }

  /** An uptime is in whole seconds: the replica must have been started before the last contact. */
  async function olderThanUptimePrecision(): Promise<void> {
    await eventually(async () => /^uptime_in_seconds:[^0-1]/m.test(String(await replica.command('INFO', 'server'))));
  }

  test('returns nothing that was deleted, overwritten or flushed before, and keeps the other values', async () => {
    const cache = await connectedCache(started, url);
    const events = recordEvents(cache, 'data-loss');
    const inner = cache.namespace('inner');
    for (const key of ['deleted', 'overwritten', 'tagged', 'kept'])
      await cache.getOrSet(key, () => 'old', { ttl: '1h', tags: [key] });
    await inner.set('flushed', 'old', '1h');
    await eventually(async () => (await replica.command('EXISTS', 'cache:inner::flushed')) === 1);
    await olderThanUptimePrecision();
    await cache.get('kept');
    await cutOff();
    await cache.delete('deleted');
    await cache.set('overwritten', 'new', '1h');
    await cache.invalidateTags('tagged');
    await inner.flush();
    target = replica;
    await master.kill();
    await down(cache);
    await recovered(cache);
    expect(events).toEqual([{ reason: 'promotion', reaction: 'replay' }]);
    expect(await cache.getMany(['deleted', 'overwritten', 'tagged', 'kept'])).toEqual([
      undefined,
      undefined,
      undefined,
      'old',
    ]);
    expect(await inner.get('flushed')).toBeUndefined();
    const other = await connectedCache(started, replica.url);
    expect(await other.getMany(['deleted', 'overwritten', 'tagged'])).toEqual([undefined, undefined, undefined]);
  });

  test('contains nothing that a clear of the store removed before', async () => {
    const store = new FallbackCache(new RedisAdapter(url, { ...LONG_DEADLINE, keyPrefix: 'app:' }));
    started.undo(() => store.disconnect());
    await store.connect();
    const recoveries: unknown[] = [];
    store.on('recovered', (event) => void recoveries.push(event));
    // Not by this store, which would repeat its own write too.
    await master.command('SET', 'app:cleared', '"old"');
    await eventually(async () => (await replica.command('EXISTS', 'app:cleared')) === 1);
    await olderThanUptimePrecision();
    await store.get('cleared');
    await cutOff();
    expect(await store.clear()).toBe(1);
    target = replica;
    await master.kill();
    await eventually(() => recoveries.length > 0);
    expect(await replica.command('EXISTS', 'app:cleared')).toBe(0);
    expect(await store.get('cleared')).toBeUndefined();
  });
});

describe('a failover by Sentinels', () => {
  test('returns nothing that was deleted before', async () => {
    const group = await RedisSentinels.start();
    started.undo(() => group.stop());
    const cache = await connectedCache(started, group.url);
    await cache.set('deleted', 'old', '1h');
    await group.settled();
    const master = await group.master();
    // The replicas stay connected, and receive nothing: the delete is acknowledged, and they miss it.
    for (const replica of await group.replicas()) replica.freeze();
    await cache.delete('deleted');
    await master.kill();
    for (const server of group.servers) server.thaw();
    await group.nextMaster(master);
    await eventually(
      async () => (await cache.invalidate('probe').catch(() => undefined))?.status === 'applied',
      30_000,
    );
    await recovered(cache);
    const promoted = await group.master();
    expect(await promoted.command('EXISTS', 'cache:deleted')).toBe(0);
    expect(await cache.get('deleted')).toBeUndefined();
  }, 90_000);
});
