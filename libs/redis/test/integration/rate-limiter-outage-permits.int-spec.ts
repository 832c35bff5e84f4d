import { describe, expect, test } from 'vitest';
import type { RateLimiter, RateLimitPolicy } from '../../src/index.js';
import { eventually } from '../support/eventually.js';
import { makeBusy, countedAt, untilDecidedByRedis, limiterOf } from '../support/limiter.js';
import { codeOf, resourcesPerTest } from '../support/started.js';

const PERMITS: RateLimitPolicy = { name: 'permits', limit: 2, window: '1h', algorithm: 'concurrency' };
const LEASED: RateLimitPolicy = { name: 'leased', limit: 100, window: '3000d', lease: { size: 50, ttl: '1d' } };
const started = resourcesPerTest();

async function freeOf(limiter: RateLimiter): Promise<number> {
  return (await limiter.peek(PERMITS, 'a')).remaining;
}

describe('permits during an outage', () => {
  test('are acquired and released locally, up to the limit', async () => {
    const server = await started.server();
    const limiter = limiterOf(started, server.url);
    await untilDecidedByRedis(limiter);
    await server.kill();
    const [first, second, third] = [
      await limiter.acquire(PERMITS, 'a'),
      await limiter.acquire(PERMITS, 'a'),
      await limiter.acquire(PERMITS, 'a'),
    ];
    const allowed = [first, second, third].map(({ decision }) => `${decision.source} ${decision.allowed}`);
    expect(allowed).toEqual(['local true', 'local true', 'local false']);
    await first.release();
    await first.release();
    expect(await freeOf(limiter)).toBe(1);
    expect((await limiter.acquire(PERMITS, 'a')).decision.allowed).toBe(true);
    await server.restart();
    await untilDecidedByRedis(limiter);
    await second.release();
    expect(await freeOf(limiter)).toBe(2);
  });

  test('are released on the server when the reply to acquire comes too late', async () => {
    const server = await started.server();
    const proxy = await started.proxy(server);
    const limiter = limiterOf(started, started.adapter(proxy.url, { resilience: { breaker: false } }));
    const witness = limiterOf(started, server.url, { deadline: '5s' });
    await untilDecidedByRedis(limiter);
    proxy.delay(1000, 'replies');
    const held = await limiter.acquire(PERMITS, 'a');
    expect(held.decision).toMatchObject({ source: 'local', allowed: true });
    await proxy.heal();
    await eventually(async () => (await freeOf(witness)) === 2);
    await held.release();
  });

  test('are released on the server when the signal of acquire aborts', async () => {
    const server = await started.server();
    const proxy = await started.proxy(server);
    const limiter = limiterOf(started, proxy.url, { deadline: '5s' });
    const witness = limiterOf(started, server.url, { deadline: '5s' });
    await untilDecidedByRedis(limiter);
    proxy.hold('replies');
    const controller = new AbortController();
    const acquired = codeOf(limiter.acquire(PERMITS, 'a', { signal: controller.signal }));
    await eventually(async () => (await freeOf(witness)) === 1);
    controller.abort();
    expect(await acquired).toBe('DEADLINE_EXCEEDED');
    await proxy.heal();
    await eventually(async () => (await freeOf(witness)) === 2);
  });

  test('with a window of years are not renewed constantly', async () => {
    const server = await started.server();
    const limiter = limiterOf(started, server.url, { deadline: '5s' });
    const { release } = await limiter.acquire({ ...PERMITS, window: '3000d' }, 'a');
    const scripts = async (): Promise<number> =>
      Number(/cmdstat_evalsha:calls=(\d+)/.exec(String(await server.command('INFO', 'commandstats')))?.[1] ?? 0);
    const before = await scripts();
    for (let i = 0; i < 20; i++) await server.command('PING');
    expect(await scripts()).toBe(before);
    await release();
  });

  test('survive an outage that is shorter than their window', async () => {
    const server = await started.server();
    const proxy = await started.proxy(server);
    const limiter = limiterOf(started, proxy.url);
    const witness = limiterOf(started, server.url, { deadline: '5s' });
    await untilDecidedByRedis(limiter);
    const short: RateLimitPolicy = { ...PERMITS, window: '1500ms' };
    await eventually(async () => (await limiter.acquire(short, 'a')).decision.source === 'redis');
    proxy.blackHole();
    await eventually(async () => (await limiter.peek(short, 'a')).source === 'local');
    await proxy.heal();
    const goneMs = performance.now() + 2000;
    await eventually(async () => {
      expect((await witness.peek(short, 'a')).remaining).toBeLessThan(2);
      return performance.now() > goneMs;
    });
  });
});

describe('leases during an outage', () => {
  test('spend the tokens in hand, and never more than was granted', async () => {
    const server = await started.server();
    const proxy = await started.proxy(server);
    const limiter = limiterOf(started, proxy.url, { onError: 'closed' });
    await untilDecidedByRedis(limiter);
    let admitted = 0;
    const spend = async (): Promise<string> => {
      const { allowed, source } = await limiter.consume(LEASED, 'a');
      if (allowed) admitted++;
      return source;
    };
    for (let i = 0; i < 10; i++) await spend();
    const granted = await countedAt(server.url, 'a', LEASED);
    proxy.blackHole();
    await eventually(async () => (await spend()) === 'closed');
    expect(admitted).toBeLessThanOrEqual(granted);
    await proxy.heal();
    await eventually(async () => (await spend()) !== 'closed');
    for (let i = 0; i < 200; i++) await spend();
    expect(admitted).toBeLessThanOrEqual(100);
  });

  test('let no caller wait longer than two deadlines', async () => {
    const server = await started.server();
    started.undo(() => server.thaw());
    const limiter = limiterOf(started, started.adapter(server.url, { resilience: { breaker: false } }));
    await untilDecidedByRedis(limiter);
    await makeBusy(limiter);
    server.freeze();
    const beganMs = performance.now();
    const calls = Array.from({ length: 500 }, () => limiter.consume({ ...LEASED, lease: { size: 2 } }, 'a'));
    expect(new Set((await Promise.all(calls)).map(({ source }) => source))).toEqual(new Set(['local']));
    expect(performance.now() - beganMs).toBeLessThan(1500);
  });

  test('end with a reset: earlier tokens are not spent after it', async () => {
    const server = await started.server();
    const limiter = limiterOf(started, server.url, { deadline: '5s' });
    for (let i = 0; i < 10; i++) await limiter.consume(LEASED, 'a');
    const inFlight = [limiter.consume(LEASED, 'a'), limiter.reset(LEASED, 'a')];
    await Promise.all(inFlight);
    let admitted = 0;
    for (let i = 0; i < 150; i++) if ((await limiter.consume(LEASED, 'a')).allowed) admitted++;
    expect(admitted).toBeLessThanOrEqual(100);
  });
});
