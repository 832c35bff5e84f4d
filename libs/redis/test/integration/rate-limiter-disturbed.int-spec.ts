import { setTimeout as delay } from 'node:timers/promises';
import { RedisServer } from 'nestjs-redis-infra/testing';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { RateLimiter } from '../../src/index.js';
import { resourcesPerTest } from '../support/started.js';

const LONG_DEADLINE = { deadline: '10s', onError: 'closed' } as const;
const HOURLY = { name: 'hourly', limit: 300, window: '1h' } as const;
const CALLERS = 20;

const started = resourcesPerTest();
let server: RedisServer;

beforeAll(async () => {
  server = await RedisServer.start();
});
beforeEach(async () => void (await server.command('FLUSHALL')));
afterAll(() => server.stop());

function limiterOf(options: object = LONG_DEADLINE): RateLimiter {
  const limiter = new RateLimiter(started.adapter(server.url, { resilience: { deadline: '10s' } }), options);
  started.undo(() => limiter.close());
  return limiter;
}

/** The server clock, in microseconds. */
async function serverUs(): Promise<number> {
  const [seconds, micros] = (await server.command('TIME')) as [string, string];
  return Number(seconds) * 1_000_000 + Number(micros);
}

/** Repeats `disturb` while `work` runs. */
async function meanwhile<T>(everyMs: number, disturb: () => Promise<unknown>, work: () => Promise<T>): Promise<T> {
  let isOver = false;
  const disturbing = (async () => {
    while (!isOver) {
      await disturb();
      await delay(everyMs);
    }
  })();
  try {
    return await work();
  } finally {
    isOver = true;
    await disturbing;
  }
}

/** Runs CALLERS callers in parallel; each makes `calls` consecutive calls. */
async function callers(calls: number, call: () => Promise<unknown>): Promise<void> {
  const one = async (): Promise<void> => {
    for (let i = 0; i < calls; i++) await call();
  };
  await Promise.all(Array.from({ length: CALLERS }, one));
}

test('exactly the limit is admitted while scripts are flushed repeatedly', async () => {
  const limiter = limiterOf();
  let admitted = 0;
  const call = async (): Promise<void> => {
    if ((await limiter.consume(HOURLY, 's')).allowed) admitted++;
  };
  await meanwhile(
    5,
    () => server.command('SCRIPT', 'FLUSH'),
    () => callers(30, call),
  );
  expect(admitted).toBe(HOURLY.limit);
});

test('the limiter starts with empty counts after FLUSHALL', async () => {
  const limiter = limiterOf({ ...LONG_DEADLINE, denyCache: false });
  const policy = { ...HOURLY, limit: 3 };
  const allowed = async (): Promise<boolean> => (await limiter.consume(policy, 's')).allowed;
  for (let round = 0; round < 3; round++) {
    expect([await allowed(), await allowed(), await allowed(), await allowed()]).toEqual([true, true, true, false]);
    await server.command('FLUSHALL');
  }
});

test('every call settles and the limit holds while connections are killed repeatedly', async () => {
  const adapter = started.adapter(server.url);
  const limiter = new RateLimiter(adapter, { onError: 'closed', denyCache: false });
  started.undo(() => limiter.close());
  const policy = { name: 'killed', limit: 500, window: '1s', burst: 20 } as const;
  const sources = new Map<string, number>();
  let admitted = 0;
  await adapter.connect();
  const beganUs = await serverUs();
  const call = async (): Promise<void> => {
    const { allowed, source } = await limiter.consume(policy, 's');
    sources.set(source, (sources.get(source) ?? 0) + 1);
    if (allowed) admitted++;
    await delay(1);
  };
  await meanwhile(
    60,
    () => server.command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'),
    () => callers(300, call),
  );
  const spanUs = (await serverUs()) - beganUs;
  expect(admitted).toBeLessThanOrEqual(policy.burst + (policy.limit * spanUs) / 1_000_000);
  expect(sources.get('redis')).toBeGreaterThan(0);
  expect([...sources.values()].reduce((sum, count) => sum + count, 0)).toBe(CALLERS * 300);
  expect([...sources.keys()].every((source) => source === 'redis' || source === 'closed')).toBe(true);
});

test('a changed limit applies to the next call and keeps the share of the count', async () => {
  const limiter = limiterOf();
  const policy = { name: 'changed', limit: 100, window: '1h' as const };
  await limiter.consume(policy, 's', { cost: 50 });
  policy.limit = 10;
  expect(await limiter.consume(policy, 's')).toMatchObject({ allowed: true, limit: 10, remaining: 4 });
  policy.limit = 1000;
  expect(await limiter.consume(policy, 's')).toMatchObject({ allowed: true, limit: 1000, remaining: 399 });
});

test('every key has a ttl after every operation', async () => {
  const limiter = limiterOf();
  const base = { limit: 5, window: '1m' } as const;
  const policies = (['gcra', 'sliding-window', 'fixed-window'] as const).map((algorithm) => ({
    ...base,
    name: algorithm,
    algorithm,
  }));
  const permits = { ...base, name: 'permits', algorithm: 'concurrency' } as const;
  const leased = { ...base, name: 'leased', lease: { size: 5 } };
  const held = await limiter.acquire(permits, 'held');
  await limiter.consume(leased, 'leased');
  for (const policy of [...policies, { ...base, name: 'blocks', blockFor: '2m' } as const]) {
    const on = (what: string): [typeof policy, string] => [policy, `${policy.name}:${what}`];
    await limiter.consume(...on('consumed'));
    await limiter.consume(...on('refused'), { cost: 5 });
    await limiter.consume(...on('refused'));
    await limiter.penalty(...on('fined'), 50);
    await limiter.refund(...on('fined'), 1);
    await limiter.block(...on('blocked'), '1h');
    await limiter.block(...on('unblocked'), '1h');
    await limiter.unblock(...on('unblocked'));
    await limiter.consume(...on('reset'));
    await limiter.reset(...on('reset'));
    await limiter.refund(...on('refunded'), 3);
  }
  const keys = (await server.command('KEYS', '{rl:*')) as string[];
  const ttls = await Promise.all(keys.map((key) => server.command('PTTL', key)));
  expect(keys.length).toBeGreaterThan(15);
  expect(keys.filter((_, i) => Number(ttls[i]) <= 0)).toEqual([]);
  expect(keys.filter((key) => /:(reset|refunded|unblocked)$/.test(key))).toEqual([]);
  await held.release();
  expect(await server.command('KEYS', '{rl:*}:held')).toEqual([]);
});
