import { RedisServer } from 'nestjs-redis-infra/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MemoryAdapter, type CacheStore, type RateLimitPolicy } from '../../src/index.js';
import { ChunkCounter } from '../support/chunk-counter.js';
import { QUOTA, makeBusy, countedAt, limiterOf, sourcesOf } from '../support/limiter.js';
import { codeOf, resourcesPerTest } from '../support/started.js';

const LONG_DEADLINE = { deadline: '5s' } as const;
const started = resourcesPerTest();

let server: RedisServer;
beforeAll(async () => {
  server = await RedisServer.start();
});
afterAll(() => server.stop());

describe('calls that share a command', () => {
  test.each(['a server', 'the embedded store'])(
    'decide the other subjects when a key holds another type, on %s',
    async (where) => {
      const store: CacheStore =
        where === 'a server' ? started.adapter(server.url) : new MemoryAdapter({ maxEntries: 1000 });
      const limiter = limiterOf(started, store, LONG_DEADLINE);
      const codes: string[] = [];
      limiter.on('failure', ({ error }) => codes.push(error.code));
      await store.hset('{rl:44}:a', 'field', 'value');
      await makeBusy(limiter);
      const subjects = ['before', 'a', 'after'];
      const decisions = await Promise.all(subjects.map((subject) => limiter.consume(QUOTA, subject)));
      expect(decisions.map(({ source }) => source)).toEqual(['redis', 'local', 'redis']);
      expect(codes).toEqual(['WRONG_TYPE']);
      const counts = await Promise.all(['before', 'after'].map((subject) => limiter.peek(QUOTA, subject)));
      expect(counts.map(({ remaining }) => remaining)).toEqual([999, 999]);
      expect(await store.hgetall('{rl:44}:a')).toEqual({ field: 'value' });
    },
  );

  test('are written together with the other commands of their tick', async () => {
    const counter = await ChunkCounter.start(server.port);
    started.undo(async () => counter.stop());
    const adapter = started.adapter(counter.url);
    const limiter = limiterOf(started, adapter, LONG_DEADLINE);
    await makeBusy(limiter);
    await Promise.all([adapter.set('k', 0), adapter.set('k', 1)]);
    counter.chunks = 0;
    const written = adapter.set('k', 2);
    const decisions = await Promise.all(['a', 'b', 'c'].map((subject) => limiter.consume(QUOTA, `with ${subject}`)));
    await written;
    expect(sourcesOf(decisions)).toEqual({ redis: 3 });
    expect(counter.chunks).toBe(1);
  });

  test('decide the other subjects when a subject is too long', async () => {
    const limiter = limiterOf(started, server.url, LONG_DEADLINE);
    await makeBusy(limiter);
    const subjects = ['short', 'x'.repeat(1017), 'é'.repeat(509), 'x'.repeat(1016), '{braces}', 'é'.repeat(508)];
    const codes = await Promise.all(subjects.map((subject) => codeOf(limiter.consume(QUOTA, subject))));
    expect(codes).toEqual(['ok', 'KEY_INVALID', 'KEY_INVALID', 'ok', 'ok', 'ok']);
  });

  test('are split into several commands when one tick has more than a command takes', async () => {
    const limiter = limiterOf(started, server.url, { deadline: '10s' });
    const policies = Array.from({ length: 32 }, (_, i) => ({ ...QUOTA, name: `policy ${i}` }));
    await makeBusy(limiter);
    const calls = Array.from({ length: 1300 }, (_, i) =>
      limiter.consume(i % 100 === 0 ? policies : [QUOTA, { ...QUOTA, name: `one of ${i}` }], `many ${i % 7}`),
    );
    expect(sourcesOf(await Promise.all(calls))).toEqual({ redis: 1300 });
    expect(await countedAt(server.url, 'many 0', policies[31])).toBe(2);
    const counts = await Promise.all([0, 1, 2, 3, 4, 5, 6].map((i) => countedAt(server.url, `many ${i}`)));
    expect(counts.reduce((sum, count) => sum + count)).toBe(1300 - 13);
  });

  test('apply the limit of each call when policies of one name differ', async () => {
    const limiter = limiterOf(started, server.url, LONG_DEADLINE);
    await makeBusy(limiter);
    const limits = [10, 20, 10];
    const decisions = await Promise.all(limits.map((limit) => limiter.consume({ ...QUOTA, limit }, 'changing')));
    expect(decisions.map(({ limit, remaining }) => [limit, remaining])).toEqual([
      [10, 9],
      [20, 17],
      [10, 7],
    ]);
  });

  test('share a signal without a MaxListeners warning', async () => {
    const warnings: string[] = [];
    const note = ({ name }: Error): void => void warnings.push(name);
    process.on('warning', note);
    started.undo(() => process.off('warning', note));
    const limiter = limiterOf(started, server.url, LONG_DEADLINE);
    const { signal } = new AbortController();
    const busy: RateLimitPolicy = { name: 'busy', limit: 1, window: '10ms' };
    const calls = Array.from({ length: 20 }, () => limiter.consume(QUOTA, 'signal', { signal }));
    const waits = Array.from({ length: 20 }, () => limiter.wait(busy, 'signal', { signal, deadline: '10s' }));
    await Promise.all([...calls, ...waits]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(warnings).toEqual([]);
  });

  test('are not counted when their signal aborts before they are sent', async () => {
    const limiter = limiterOf(started, server.url, LONG_DEADLINE);
    await makeBusy(limiter);
    const controller = new AbortController();
    const { signal } = controller;
    const calls = [1, 2, 3, 4].map((i) => codeOf(limiter.consume(QUOTA, 'aborted', i % 2 ? { signal } : {})));
    controller.abort();
    expect(await Promise.all(calls)).toEqual(['DEADLINE_EXCEEDED', 'ok', 'DEADLINE_EXCEEDED', 'ok']);
    expect(await countedAt(server.url, 'aborted')).toBe(2);
  });
});

describe('a lease', () => {
  const leased = (limit: number, size: number): RateLimitPolicy => ({
    name: `leased ${limit}`,
    limit,
    window: '300d',
    lease: { size, ttl: '1d' },
  });

  test('spends only granted tokens when other calls for the subject share its command', async () => {
    const limiter = limiterOf(started, server.url, LONG_DEADLINE);
    const { signal } = new AbortController();
    let admitted = 0;
    for (let i = 0; i < 20; i++) {
      await makeBusy(limiter);
      const calls = [limiter.consume(leased(10, 2), 'both', { signal }), limiter.consume(leased(10, 2), 'both')];
      admitted += (await Promise.all(calls)).filter(({ allowed }) => allowed).length;
    }
    expect(admitted).toBe(10);
  });

  test('serves many waiting callers with a few batches', async () => {
    const proxy = await started.proxy(server);
    const limiter = limiterOf(started, proxy.url, LONG_DEADLINE);
    await makeBusy(limiter);
    const before = proxy.stats.requestBytes;
    const calls = Array.from({ length: 300 }, () => limiter.consume(leased(200, 2), 'crowd'));
    expect((await Promise.all(calls)).filter(({ allowed }) => allowed)).toHaveLength(200);
    // A few commands of some hundred bytes each.
    expect(proxy.stats.requestBytes - before).toBeLessThan(3000);
  });

  test('is refused for a policy with blockFor, because a batch without room would block the subject', async () => {
    const limiter = limiterOf(started, server.url, LONG_DEADLINE);
    expect(await codeOf(limiter.consume({ ...leased(10, 2), blockFor: '1h' }, 'blocked'))).toBe('OPTION_INVALID');
  });
});

test('calls on a subject keep their order with several connections', async () => {
  const adapter = started.adapter({ url: server.url, poolSize: 4 });
  const limiter = limiterOf(started, adapter, LONG_DEADLINE);
  const { groupOf } = adapter.can.scripts!;
  const groups = new Set(Array.from({ length: 64 }, (_, i) => groupOf?.(`{rl:${String(i).padStart(2, '0')}}:`)));
  expect(groups.size).toBe(4);
  for (let round = 0; round < 20; round++) {
    const others = Array.from({ length: 30 }, (_, i) => limiter.consume(QUOTA, `other ${round} ${i}`));
    const mine = [limiter.consume(QUOTA, 'mine'), limiter.consume(QUOTA, 'mine'), limiter.reset(QUOTA, 'mine')];
    await new Promise((resolve) => setImmediate(resolve));
    const last = limiter.consume(QUOTA, 'mine');
    await Promise.all([...others, ...mine]);
    expect(await last).toMatchObject({ source: 'redis', remaining: 999 });
  }
});
