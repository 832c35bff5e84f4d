import { describe, expect, test } from 'vitest';
import { MemoryAdapter, RateLimiter, type RateLimitPolicy } from '../../src/index.js';
import { eventually } from '../support/eventually.js';
import { QUOTA, makeBusy, countedAt } from '../support/limiter.js';
import { codeOf, resourcesPerTest } from '../support/started.js';

const LONG_DEADLINE = { deadline: '5s' } as const;
/** Upper bound for close, on a busy machine. */
const BOUNDED_MS = 3000;
const LEASED: RateLimitPolicy = { name: 'leased', limit: 1000, window: '3000d', lease: { size: 100, ttl: '1d' } };
const PERMITS: RateLimitPolicy = { name: 'permits', limit: 2, window: '1h', algorithm: 'concurrency' };
const started = resourcesPerTest();

describe('close with an available server', () => {
  test.each(['own', 'shared'])('settles calls in flight on its %s connection', async (whose) => {
    const { url } = await started.server();
    const limiter = new RateLimiter(whose === 'own' ? url : started.adapter(url), LONG_DEADLINE);
    const first = codeOf(limiter.consume(QUOTA, 'c'));
    await makeBusy(limiter);
    const calls = [1, 2, 3].map(() => codeOf(limiter.consume(QUOTA, 'c')));
    await limiter.close();
    expect(await Promise.all([first, ...calls])).toEqual(['ok', 'ok', 'ok', 'ok']);
    expect(await codeOf(limiter.consume(QUOTA, 'c'))).toBe('CLOSED');
    expect(await countedAt(url, 'c')).toBe(4);
  });

  test('rejects every later call with CLOSED, and can be called twice', async () => {
    const { url } = await started.server();
    for (const limiter of [new RateLimiter(url, LONG_DEADLINE), new RateLimiter(new MemoryAdapter())]) {
      await limiter.consume(QUOTA, 'c');
      await Promise.all([limiter.close(), limiter.close()]);
      const calls = [
        limiter.consume(QUOTA, 'c'),
        limiter.check(QUOTA, 'c'),
        limiter.peek(QUOTA, 'c'),
        limiter.penalty(QUOTA, 'c', 1),
        limiter.refund(QUOTA, 'c'),
        limiter.block(QUOTA, 'c', '1s'),
        limiter.unblock(QUOTA, 'c'),
        limiter.reset(QUOTA, 'c'),
        limiter.acquire(PERMITS, 'c'),
        limiter.wait(QUOTA, 'c', { deadline: '1s' }),
      ];
      expect(new Set(await Promise.all(calls.map(codeOf)))).toEqual(new Set(['CLOSED']));
    }
  });

  test.each(['10d', '300d'] as const)('rejects waiting and queued callers: window %s', async (window) => {
    const { url } = await started.server();
    const limiter = new RateLimiter(url, LONG_DEADLINE);
    const rare: RateLimitPolicy = { name: 'rare', limit: 1, window };
    await limiter.consume(rare, 'c');
    const held = await limiter.acquire({ ...PERMITS, limit: 1 }, 'c');
    const waits = [1, 2, 3].map(() => codeOf(limiter.wait(rare, 'c', { deadline: '3000d' })));
    const permits = [1, 2].map(() => codeOf(limiter.acquire({ ...PERMITS, limit: 1 }, 'c', { deadline: '3000d' })));
    await limiter.peek(QUOTA, 'c');
    await limiter.close();
    expect(new Set(await Promise.all([...waits, ...permits]))).toEqual(new Set(['CLOSED']));
    await held.release();
  });

  test('returns leased tokens, including those of a batch in flight', async () => {
    const server = await started.server();
    const proxy = await started.proxy(server);
    const limiter = new RateLimiter(proxy.url, LONG_DEADLINE);
    for (let i = 0; i < 20; i++) await limiter.consume(LEASED, 'here');
    for (let i = 0; i < 3; i++) await limiter.consume(LEASED, 'in flight');
    expect(await countedAt(server.url, 'here', LEASED)).toBeGreaterThan(20);
    proxy.hold('replies');
    const call = codeOf(limiter.consume(LEASED, 'in flight'));
    await eventually(async () => (await countedAt(server.url, 'in flight', LEASED)) > 4);
    const closed = limiter.close();
    await proxy.heal();
    await closed;
    expect(await call).toBe('ok');
    expect(await countedAt(server.url, 'here', LEASED)).toBe(20);
    expect(await countedAt(server.url, 'in flight', LEASED)).toBe(4);
  });
});

describe.each(['own', 'shared'])('close with an unavailable server and its %s connection', (whose) => {
  test.each(['killed', 'frozen', 'behind a black hole'])('settles all calls in flight: server %s', async (how) => {
    const server = await started.server();
    const proxy = await started.proxy(server);
    started.undo(() => server.thaw());
    const limiter = new RateLimiter(whose === 'own' ? proxy.url : started.adapter(proxy.url), {
      deadline: '1s',
    });
    for (let i = 0; i < 5; i++) await limiter.consume(LEASED, 'c');
    const { release } = await limiter.acquire(PERMITS, 'c');
    const shortDeadline = new RateLimiter(whose === 'own' ? proxy.url : started.adapter(proxy.url));
    await shortDeadline.consume(LEASED, 'c');
    if (how === 'killed') await server.kill();
    if (how === 'frozen') server.freeze();
    if (how === 'behind a black hole') proxy.blackHole();
    const call = codeOf(shortDeadline.consume(QUOTA, 'c'));
    const permit = shortDeadline.acquire(PERMITS, 'c').catch(() => undefined);
    const beganMs = performance.now();
    await shortDeadline.close();
    await (await permit)?.release();
    expect(performance.now() - beganMs).toBeLessThan(BOUNDED_MS);
    expect(await call).toMatch(/^(ok|CLOSED)$/);
    const released = release();
    const secondMs = performance.now();
    await limiter.close();
    await released;
    expect(performance.now() - secondMs).toBeLessThan(1000 + BOUNDED_MS);
  });
});
