import { RedisCluster, RedisSentinels } from 'nestjs-redis-infra/testing';
import { describe, expect, test } from 'vitest';
import type { RateLimitDecision, RateLimiter } from '../../src/index.js';
import { eventually } from '../support/eventually.js';
import { QUOTA, makeBusy, countedAt, untilDecidedByRedis, limiterOf, sourcesOf } from '../support/limiter.js';
import { resourcesPerTest } from '../support/started.js';

const started = resourcesPerTest();
const TIMEOUT_MS = 60_000;

function consumed(limiter: RateLimiter, times: number): Promise<RateLimitDecision[]> {
  return Promise.all(Array.from({ length: times }, () => limiter.consume(QUOTA, 'a')));
}

/** Makes consecutive calls until `isOver` holds. Returns how many the server has admitted. */
async function admittedUntil(limiter: RateLimiter, isOver: () => boolean): Promise<number> {
  let admitted = 0;
  while (!isOver()) {
    const { source, allowed } = await limiter.consume(QUOTA, 'a');
    if (source === 'redis' && allowed) admitted++;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return admitted;
}

describe('no call is counted late', () => {
  test.each(['single calls', 'calls in one batch', 'a limiter without a server clock'])(
    'after a freeze, with %s',
    async (how) => {
      const server = await started.server();
      started.undo(() => server.thaw());
      const limiter = limiterOf(started, started.adapter(server.url, { resilience: { breaker: false } }));
      await untilDecidedByRedis(limiter);
      const connected = started.adapter(server.url, { resilience: { breaker: false } });
      await connected.connect();
      const fresh = limiterOf(started, connected);
      const before = sourcesOf(await consumed(limiter, 5)).redis ?? 0;
      server.freeze();
      const tested = how.startsWith('a limiter') ? fresh : limiter;
      if (how === 'calls in one batch') await makeBusy(tested);
      for (let round = 0; round < 4; round++) expect(sourcesOf(await consumed(tested, 8))).toEqual({ local: 8 });
      server.thaw();
      await untilDecidedByRedis(limiter);
      expect(await countedAt(server.url, 'a')).toBe(before);
    },
  );

  test.each([60, 120])('when requests arrive %i ms late', async (delayMs) => {
    const server = await started.server();
    const proxy = await started.proxy(server);
    const limiter = limiterOf(started, started.adapter(proxy.url, { resilience: { breaker: false } }));
    await untilDecidedByRedis(limiter);
    const before = sourcesOf(await consumed(limiter, 5)).redis ?? 0;
    proxy.delay(delayMs, 'requests');
    const passed = proxy.stats.requestBytes;
    for (let round = 0; round < 2; round++) expect(sourcesOf(await consumed(limiter, 8))).toEqual({ local: 8 });
    await eventually(() => proxy.stats.requestBytes > passed);
    await proxy.heal();
    await untilDecidedByRedis(limiter);
    expect(await countedAt(server.url, 'a')).toBe(before);
  });

  test('when a reply is lost, and the server counts the call at most once', async () => {
    const server = await started.server();
    const proxy = await started.proxy(server);
    const limiter = limiterOf(started, proxy.url, { deadline: '1s' });
    for (let round = 1; round <= 3; round++) {
      await untilDecidedByRedis(limiter);
      proxy.dropReply({ to: 'evalsha' });
      expect(await limiter.consume(QUOTA, `lost ${round}`)).toMatchObject({ source: 'local', allowed: true });
      expect(await countedAt(server.url, `lost ${round}`)).toBe(1);
    }
  });

  test('when replies are late, and the server counts each call at most once', async () => {
    const server = await started.server();
    const proxy = await started.proxy(server);
    const limiter = limiterOf(started, proxy.url);
    await untilDecidedByRedis(limiter);
    proxy.delay(100, 'replies');
    expect(sourcesOf(await consumed(limiter, 8))).toEqual({ local: 8 });
    await proxy.heal();
    await untilDecidedByRedis(limiter);
    expect(await countedAt(server.url, 'a')).toBeLessThanOrEqual(8);
  });

  test('after a restart of the server', async () => {
    const server = await started.server();
    const limiter = limiterOf(started, server.url);
    await untilDecidedByRedis(limiter);
    await consumed(limiter, 5);
    await server.kill();
    expect(sourcesOf(await consumed(limiter, 20))).toEqual({ local: 20 });
    await server.restart();
    await untilDecidedByRedis(limiter);
    expect(await countedAt(server.url, 'a')).toBe(0);
  });

  test(
    'after a Sentinel failover',
    async () => {
      const group = await RedisSentinels.start();
      started.undo(() => group.stop());
      const limiter = limiterOf(started, group.url);
      await untilDecidedByRedis(limiter);
      let isOver = false;
      const admitted = admittedUntil(limiter, () => isOver);
      const before = await group.freezeMaster();
      started.undo(() => before.thaw());
      const master = await group.nextMaster(before);
      await untilDecidedByRedis(limiter, 20_000);
      before.thaw();
      await group.settled();
      isOver = true;
      const counted = await countedAt(master.url, 'a');
      // Counts that the old master had not replicated are lost.
      expect(counted).toBeLessThanOrEqual(await admitted);
      expect(await limiter.consume(QUOTA, 'a')).toMatchObject({ source: 'redis', remaining: 1000 - counted - 1 });
    },
    TIMEOUT_MS,
  );

  test(
    'after a cluster failover',
    async () => {
      const cluster = await RedisCluster.start();
      started.undo(() => cluster.stop());
      const limiter = limiterOf(started, cluster.url);
      const key = '{rl:44}:a';
      await eventually(async () => (await limiter.peek(QUOTA, 'a')).source === 'redis');
      let isOver = false;
      const admitted = admittedUntil(limiter, () => isOver);
      const before = await cluster.freezeMaster(key);
      started.undo(() => before.thaw());
      await cluster.nextMaster(key, before);
      await eventually(async () => (await limiter.peek(QUOTA, 'a')).source === 'redis', 20_000);
      before.thaw();
      await cluster.settled();
      isOver = true;
      expect(await countedAt(cluster.url, 'a')).toBeLessThanOrEqual(await admitted);
    },
    TIMEOUT_MS,
  );
});
