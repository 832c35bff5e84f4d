import { RedisServer } from 'nestjs-redis-infra/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RateLimiter, RedisAdapter } from '../../src/index.js';
import { CountedScripts } from '../support/counted-scripts.js';
import { eventually } from '../support/eventually.js';

const POLICY = { name: 'api', limit: 2, window: '1h' } as const;
const LONG_DEADLINE = { deadline: '10s', onError: 'closed' } as const;

let server: RedisServer;
let adapter: RedisAdapter;
let subjects = 0;

beforeAll(async () => {
  server = await RedisServer.start();
  adapter = new RedisAdapter(server.url, { resilience: { deadline: '10s' } });
  await adapter.connect();
});
afterAll(async () => {
  await adapter.disconnect();
  await server.stop();
});

/** A limiter, and a subject that it has refused. */
async function refused(denyCache?: false) {
  const scripts = new CountedScripts(adapter);
  const limiter = new RateLimiter(scripts.store, {
    ...LONG_DEADLINE,
    ...(denyCache === undefined ? {} : { denyCache }),
  });
  const subject = `refused:${subjects++}`;
  await limiter.consume(POLICY, subject, { cost: 2 });
  expect(await limiter.consume(POLICY, subject)).toMatchObject({ allowed: false, source: 'redis' });
  scripts.runs = 0;
  return { limiter, subject, scripts };
}

/** Number of scripts that the server has run. */
async function scriptsRun(): Promise<number> {
  const stats = String(await server.command('INFO', 'commandstats'));
  return Number(/cmdstat_evalsha:calls=(\d+)/.exec(stats)?.[1]);
}

test('a refused subject costs no further commands for the same cost or more', async () => {
  const { limiter, subject, scripts } = await refused();
  const before = await scriptsRun();
  for (const cost of [1, 1, 2, 5]) {
    const decision = await limiter.consume(POLICY, subject, { cost });
    expect(decision).toMatchObject({ allowed: false, source: 'deny-cache', policy: 'api', remaining: 0 });
    expect(decision.retryAfterMs).toBeGreaterThan(1_000_000);
  }
  expect(scripts.runs).toBe(0);
  expect(await scriptsRun()).toBe(before);
});

test('the deny cache does not answer peek, other subjects or other policies', async () => {
  const { limiter, subject, scripts } = await refused();
  expect(await limiter.peek(POLICY, subject)).toMatchObject({ allowed: false, source: 'redis' });
  expect(await limiter.consume(POLICY, `${subject}:other`)).toMatchObject({ allowed: true, source: 'redis' });
  expect(await limiter.consume({ ...POLICY, name: 'other' }, subject)).toMatchObject({ allowed: true });
  expect(scripts.runs).toBe(3);
});

test('the deny cache does not answer a smaller cost than the refused one', async () => {
  const scripts = new CountedScripts(adapter);
  const limiter = new RateLimiter(scripts.store, LONG_DEADLINE);
  await limiter.consume(POLICY, 'larger');
  expect(await limiter.consume(POLICY, 'larger', { cost: 2 })).toMatchObject({ allowed: false });
  expect(await limiter.consume(POLICY, 'larger', { cost: 2 })).toMatchObject({ source: 'deny-cache' });
  expect(await limiter.consume(POLICY, 'larger')).toMatchObject({ allowed: true, source: 'redis' });
});

test('the deny cache refuses a list that contains a refused policy', async () => {
  const { limiter, subject, scripts } = await refused();
  const decision = await limiter.consume([{ ...POLICY, name: 'wide', limit: 100 }, POLICY], subject);
  expect(decision).toMatchObject({ allowed: false, policy: 'api', source: 'deny-cache' });
  expect(decision.policies.map(({ policy }) => policy)).toEqual(['api']);
  expect(scripts.runs).toBe(0);
});

test.each([
  ['reset', (limiter: RateLimiter, subject: string) => limiter.reset(POLICY, subject)],
  ['refund', (limiter: RateLimiter, subject: string) => limiter.refund(POLICY, subject)],
])('a %s by the same limiter ends a cached refusal immediately', async (_, act) => {
  const { limiter, subject } = await refused();
  await act(limiter, subject);
  expect(await limiter.consume(POLICY, subject)).toMatchObject({ allowed: true, source: 'redis' });
});

test('an unblock by the same limiter ends a cached refusal immediately', async () => {
  const limiter = new RateLimiter(adapter, LONG_DEADLINE);
  await limiter.block(POLICY, 'blocked', '1h');
  expect(await limiter.consume(POLICY, 'blocked')).toMatchObject({ allowed: false, source: 'redis' });
  expect(await limiter.consume(POLICY, 'blocked')).toMatchObject({ allowed: false, source: 'deny-cache' });
  await limiter.unblock(POLICY, 'blocked');
  expect(await limiter.consume(POLICY, 'blocked')).toMatchObject({ allowed: true, source: 'redis' });
});

test('the deny cache does not answer for a changed limit', async () => {
  const { limiter, subject } = await refused();
  expect(await limiter.consume({ ...POLICY, limit: 3 }, subject)).toMatchObject({ allowed: false, source: 'redis' });
  expect(await limiter.consume({ ...POLICY, window: '2h' }, subject)).toMatchObject({ source: 'redis' });
});

test('a reset by another process ends a cached refusal within a second', async () => {
  const { limiter, subject } = await refused();
  const other = new RateLimiter(adapter, LONG_DEADLINE);
  await other.reset(POLICY, subject);
  const sources = new Set<string>();
  await eventually(async () => {
    const { allowed, source } = await limiter.consume(POLICY, subject);
    sources.add(source);
    return allowed;
  }, 1500);
  expect([...sources]).toEqual(['deny-cache', 'redis']);
});

test('a cached refusal ends at its retry time', async () => {
  const scripts = new CountedScripts(adapter);
  const limiter = new RateLimiter(scripts.store, LONG_DEADLINE);
  const policy = { name: 'brief', limit: 1, window: '200ms' } as const;
  let retryAfterMs: number | undefined;
  await eventually(async () => {
    ({ retryAfterMs } = await limiter.consume(policy, 'brief'));
    return retryAfterMs !== undefined;
  });
  expect(retryAfterMs).toBeLessThanOrEqual(200);
  await eventually(async () => (await limiter.consume(policy, 'brief')).allowed);
});

test('every call runs on the server without a deny cache', async () => {
  const { limiter, subject, scripts } = await refused(false);
  expect(await limiter.consume(POLICY, subject)).toMatchObject({ allowed: false, source: 'redis' });
  expect(scripts.runs).toBe(1);
});
