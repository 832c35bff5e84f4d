import { RedisServer } from 'nestjs-redis-infra/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RateLimiter, RedisAdapter, type RateLimitPolicy } from '../../src/index.js';
import { CountedScripts } from '../support/counted-scripts.js';
import { eventually } from '../support/eventually.js';

const LONG_DEADLINE = { deadline: '10s', onError: 'closed' } as const;
const HOT = { name: 'hot', limit: 1000, window: '1h', lease: { size: 50, ttl: '1m' } } as const;

let server: RedisServer;
let adapter: RedisAdapter;

beforeAll(async () => {
  server = await RedisServer.start();
  adapter = new RedisAdapter(server.url, { resilience: { deadline: '10s' } });
  await adapter.connect();
});
afterAll(async () => {
  await adapter.disconnect();
  await server.stop();
});

function limiterOf(): { limiter: RateLimiter; scripts: CountedScripts } {
  const scripts = new CountedScripts(adapter);
  return { limiter: new RateLimiter(scripts.store, LONG_DEADLINE), scripts };
}

/** The tokens that the server has left for a subject. */
async function left(subject: string, policy: RateLimitPolicy = HOT): Promise<number> {
  const { limiter } = limiterOf();
  return (await limiter.peek({ ...policy, lease: undefined }, subject)).remaining;
}

/** Number of scripts that the server has run since its statistics were reset. */
async function scriptsRun(): Promise<number> {
  const stats = await adapter.client.info('commandstats');
  return [...stats.matchAll(/cmdstat_eval(?:sha)?:calls=(\d+)/g)].reduce((sum, [, calls]) => sum + Number(calls), 0);
}

test('a leased hot subject needs far fewer commands than decisions, and gets exactly its limit', async () => {
  const { limiter, scripts } = limiterOf();
  let admitted = 0;
  for (let i = 0; i < 1010; i++) if ((await limiter.consume(HOT, 'hot')).allowed) admitted++;
  expect(admitted).toBe(1000);
  expect(scripts.runs).toBeLessThan(60);
  expect(await left('hot')).toBe(0);
});

test('callers of one tick share a lease batch', async () => {
  const { limiter, scripts } = limiterOf();
  const decisions = await Promise.all(Array.from({ length: 50 }, () => limiter.consume(HOT, 'tick')));
  expect(decisions.every(({ allowed }) => allowed)).toBe(true);
  expect(scripts.runs).toBeLessThanOrEqual(2);
  expect(await left('tick')).toBe(950);
});

describe('overlapping callers of a lease', () => {
  const CALLERS = 8;
  const CALLS = 250;
  const WIDE = { name: 'wide', limit: 5000, window: '10d', lease: { size: 500, ttl: '1h' } } as const;

  test('are served from the batch in hand, with few commands and no early return of tokens', async () => {
    const { limiter } = limiterOf();
    await adapter.client.config('RESETSTAT');
    let admitted = 0;
    const caller = async (): Promise<void> => {
      for (let i = 0; i < CALLS; i++) if ((await limiter.consume(WIDE, 'overlap')).allowed) admitted++;
    };
    await Promise.all(Array.from({ length: CALLERS }, caller));
    expect(admitted).toBe(CALLERS * CALLS);
    // Batches double from 8 tokens to 500, so 2000 tokens take 10.
    expect(await scriptsRun()).toBeLessThan(16);
    await limiter.close();
    expect(await left('overlap', WIDE)).toBe(5000 - admitted);
  });

  test('spend exactly the limit when callers come during a fetch', async () => {
    const limiters = [limiterOf().limiter, limiterOf().limiter];
    const tight = { ...WIDE, name: 'tight', limit: 777, lease: { size: 100, ttl: '1h' } } as const;
    let admitted = 0;
    const caller = async (limiter: RateLimiter): Promise<void> => {
      for (let i = 0; i < 100; i++) if ((await limiter.consume(tight, 'tight')).allowed) admitted++;
    };
    await Promise.all(limiters.flatMap((limiter) => Array.from({ length: CALLERS }, () => caller(limiter))));
    await Promise.all(limiters.map((limiter) => limiter.close()));
    expect(admitted + (await left('tight', tight))).toBe(777);
  });
});

test('two processes with leases spend no more than the server granted', async () => {
  const limiters = [limiterOf().limiter, limiterOf().limiter];
  let admitted = 0;
  await Promise.all(
    limiters.map(async (limiter) => {
      for (let i = 0; i < 700; i++) if ((await limiter.consume(HOT, 'shared')).allowed) admitted++;
    }),
  );
  expect(admitted).toBeLessThanOrEqual(1000);
  await Promise.all(limiters.map((limiter) => limiter.close()));
  expect(await left('shared')).toBe(1000 - admitted);
});

test('close returns unspent leased tokens', async () => {
  const { limiter } = limiterOf();
  for (let i = 0; i < 20; i++) await limiter.consume(HOT, 'closed');
  expect(await left('closed')).toBeLessThan(980);
  await limiter.close();
  expect(await left('closed')).toBe(980);
});

test('close returns the tokens of a batch in flight', async () => {
  const { limiter, scripts } = limiterOf();
  await limiter.consume(HOT, 'granted');
  await limiter.consume(HOT, 'granted');
  await limiter.consume(HOT, 'granted');
  const under = limiter.consume(HOT, 'granted');
  await eventually(() => scripts.runs === 3);
  await limiter.close();
  expect(await under).toMatchObject({ allowed: true });
  expect(await left('granted')).toBe(996);
});

test('unspent leased tokens are returned after the ttl', async () => {
  const { limiter } = limiterOf();
  const brief = { ...HOT, name: 'brief', lease: { size: 50, ttl: '50ms' } } as const;
  for (let i = 0; i < 5; i++) await limiter.consume(brief, 'over');
  const remaining = async (): Promise<number> => (await limiter.peek(brief, 'over')).remaining;
  await eventually(async () => (await remaining()) === 995);
});

test.each([
  ['penalty', (limiter: RateLimiter) => limiter.penalty(HOT, 'penalty', 2000)],
  ['block', (limiter: RateLimiter) => limiter.block(HOT, 'block', '1h')],
])('a %s ends a lease immediately', async (subject, act) => {
  const { limiter } = limiterOf();
  for (let i = 0; i < 10; i++) await limiter.consume(HOT, subject);
  await act(limiter);
  expect(await limiter.consume(HOT, subject)).toMatchObject({ allowed: false });
});

test('a reset drops leased tokens', async () => {
  const { limiter } = limiterOf();
  for (let i = 0; i < 10; i++) await limiter.consume(HOT, 'reset');
  await limiter.reset(HOT, 'reset');
  expect(await left('reset')).toBe(1000);
});

test('calls with a higher cost, a signal or several policies do not use a lease', async () => {
  const { limiter, scripts } = limiterOf();
  const other = { name: 'other', limit: 10, window: '1h' } as const;
  const { signal } = new AbortController();
  await limiter.peek(HOT, 'exact');
  scripts.runs = 0;
  const decisions = [
    await limiter.consume(HOT, 'exact', { cost: 2 }),
    await limiter.consume(HOT, 'exact', { signal }),
    await limiter.consume([HOT, other], 'exact'),
  ];
  expect(decisions.map(({ source }) => source)).toEqual(['redis', 'redis', 'redis']);
  expect(scripts.runs).toBe(3);
  expect(await left('exact')).toBe(996);
});

test('a leased shadow policy emits would-refuse', async () => {
  const { limiter } = limiterOf();
  const watched = { ...HOT, name: 'watched', limit: 20, shadow: true, lease: { size: 8, ttl: '1m' } } as const;
  let reported = 0;
  limiter.on('would-refuse', () => reported++);
  for (let i = 0; i < 25; i++) expect(await limiter.consume(watched, 'shadow')).toMatchObject({ allowed: true });
  expect(reported).toBe(5);
});
