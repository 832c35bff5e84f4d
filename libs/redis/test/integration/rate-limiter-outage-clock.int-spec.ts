import { describe, expect, test } from 'vitest';
import { MemoryAdapter } from '../../src/index.js';
import type { RateLimitPolicy } from '../../src/index.js';
import { systemClock } from '../../src/common/clock.js';
import { eventually } from '../support/eventually.js';
import { makeBusy, untilDecidedByRedis, limiterOf } from '../support/limiter.js';
import { codeOf, resourcesPerTest } from '../support/started.js';

const HOUR_MS = 3_600_000;
const LONG_DEADLINE = { deadline: '5s' } as const;
const TWO: RateLimitPolicy = { name: 'two', limit: 2, window: '10m' };
const started = resourcesPerTest();

describe('another server with another clock', () => {
  test.each([HOUR_MS, -HOUR_MS, 20, -20, 1000 * HOUR_MS])(
    'decides when its clock differs by %i ms',
    async (shiftMs) => {
      let aheadMs = 0;
      const store = new MemoryAdapter(undefined, {
        monotonicMs: () => systemClock.monotonicMs() + aheadMs,
        wallMs: systemClock.wallMs,
      });
      const limiter = limiterOf(started, store, LONG_DEADLINE);
      const failures: string[] = [];
      limiter.on('failure', ({ error }) => failures.push(error.code));
      const daily: RateLimitPolicy = {
        name: 'daily',
        limit: 1000,
        window: 'day',
        algorithm: 'fixed-window',
        timeZone: 'Europe/Zurich',
      };
      for (aheadMs of [0, shiftMs, 0, shiftMs]) {
        expect(await limiter.consume([TWO, daily], `at ${aheadMs}`)).toMatchObject({ source: 'redis' });
        expect(await limiter.peek([TWO, daily], 'a')).toMatchObject({ source: 'redis' });
      }
      expect(failures).toEqual([]);
    },
  );
});

describe('an operation of the same limiter takes effect immediately', () => {
  test.each(['reset', 'refund', 'unblock'] as const)('for %s with a refusal in flight', async (act) => {
    const server = await started.server();
    const proxy = await started.proxy(server);
    const limiter = limiterOf(started, proxy.url, LONG_DEADLINE);
    await untilDecidedByRedis(limiter);
    await limiter.consume(TWO, 'a', { cost: act === 'unblock' ? 0 : 2 });
    if (act === 'unblock') await limiter.block(TWO, 'a', '1h');
    proxy.hold('replies');
    const refused = limiter.consume(TWO, 'a');
    const done = limiter[act](TWO, 'a');
    await proxy.heal();
    expect(await refused).toMatchObject({ source: 'redis', allowed: false });
    await done;
    expect(await limiter.consume(TWO, 'a')).toMatchObject({ source: 'redis', allowed: true });
  });

  test('for a reset, which allows no more than the limit again', async () => {
    const server = await started.server();
    const limiter = limiterOf(started, server.url, LONG_DEADLINE);
    const all = async (): Promise<number> => {
      const decisions = await Promise.all(Array.from({ length: 10 }, () => limiter.consume(TWO, 'a')));
      return decisions.filter(({ allowed }) => allowed).length;
    };
    for (let round = 0; round < 10; round++) {
      await makeBusy(limiter);
      const [before, , after] = await Promise.all([all(), limiter.reset(TWO, 'a'), all()]);
      expect(after).toBe(2);
      expect(before).toBeLessThanOrEqual(2);
      expect(await all()).toBe(0);
    }
  });
});

test('an aborted call does not fail other calls and causes no unhandled rejection', async () => {
  const server = await started.server();
  started.undo(() => server.thaw());
  const limiter = limiterOf(started, server.url, LONG_DEADLINE);
  const rejections: unknown[] = [];
  const note = (reason: unknown): void => void rejections.push(reason);
  process.on('unhandledRejection', note);
  started.undo(() => process.off('unhandledRejection', note));
  await untilDecidedByRedis(limiter);
  server.freeze();
  const controller = new AbortController();
  const { signal } = controller;
  const aborted = { signal: AbortSignal.abort() };
  const calls = [
    limiter.consume(TWO, 'a', { signal }),
    limiter.check(TWO, 'a', { signal }),
    limiter.wait(TWO, 'a', { signal, deadline: '1h' }),
    limiter.wait(TWO, 'a', { signal, deadline: '1h' }),
    limiter.acquire({ ...TWO, algorithm: 'concurrency' }, 'a', { signal }),
    limiter.consume(TWO, 'a', aborted),
  ].map(codeOf);
  const other = limiter.consume(TWO, 'a');
  let polls = 0;
  await eventually(() => ++polls > 3);
  controller.abort();
  expect(new Set(await Promise.all(calls))).toEqual(new Set(['DEADLINE_EXCEEDED']));
  server.thaw();
  expect(await other).toMatchObject({ source: 'redis' });
  expect(rejections).toEqual([]);
});
