import type { FaultProxy, RedisServer } from 'nestjs-redis-infra/testing';
import { describe, expect, test } from 'vitest';
import {
  RateLimitedError,
  type RateLimitDecision,
  type RateLimiter,
  type RateLimiterOptions,
  type RateLimitPolicy,
} from '../../src/index.js';
import { QUOTA, decidedByRedis, limiterOf, sourcesOf } from '../support/limiter.js';
import { eventually } from '../support/eventually.js';
import { codeOf, failure, startedPerTest } from '../support/started.js';

/** The deadline of a decision and what it may be late: half of them at least must keep that. */
const IN_TIME_MS = 50 + 50;
/** Far more than that, far less than a call that hangs: the machine that tests run on has other things to do. */
const SETTLED_MS = 1500;
const BACK_MS = 2000;
const started = startedPerTest();

interface Outage {
  begin(server: RedisServer, proxy: FaultProxy): unknown;
  end(server: RedisServer, proxy: FaultProxy): unknown;
}

const OUTAGES: Readonly<Record<string, Outage>> = {
  killed: { begin: (server) => server.kill(), end: (server) => server.restart() },
  frozen: { begin: (server) => server.freeze(), end: (server) => server.thaw() },
  'behind a black hole': { begin: (_, proxy) => proxy.blackHole(), end: (_, proxy) => proxy.heal() },
  'refused and cut off': { begin: (_, proxy) => (proxy.refuse(), proxy.cut()), end: (_, proxy) => proxy.heal() },
};

async function begun(how: string, options?: RateLimiterOptions): Promise<{ limiter: RateLimiter; end(): unknown }> {
  const server = await started.server();
  const proxy = await started.proxy(server);
  started.undo(() => server.thaw());
  const outage = OUTAGES[how] as Outage;
  const limiter = limiterOf(started, how === 'killed' ? server.url : proxy.url, options);
  await decidedByRedis(limiter);
  await outage.begin(server, proxy);
  return { limiter, end: () => outage.end(server, proxy) };
}

/** Asks in every way that is answered also while the server is away, many times; how long each took is added to `took`. */
async function decisions(limiter: RateLimiter, took: number[] = []): Promise<RateLimitDecision[]> {
  const timed = async (call: Promise<RateLimitDecision>): Promise<RateLimitDecision> => {
    const beganMs = performance.now();
    const decision = await call;
    took.push(performance.now() - beganMs);
    return decision;
  };
  const made: RateLimitDecision[] = [];
  for (let round = 0; round < 15; round++) {
    const calls = ['a', 'b'].flatMap((subject) => [
      limiter.consume(QUOTA, subject),
      limiter.check(QUOTA, subject).catch((error: RateLimitedError) => error.decision),
      limiter.peek(QUOTA, subject),
      limiter.penalty(QUOTA, subject, 1),
    ]);
    made.push(...(await Promise.all(calls.map(timed))).filter((decision) => decision !== undefined));
  }
  return made;
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] as number;
}

function expectInTime(took: readonly number[]): void {
  expect(median(took)).toBeLessThan(IN_TIME_MS);
  expect(Math.max(...took)).toBeLessThan(SETTLED_MS);
}

test('a frozen server is found out also where only the limiter asks, and costs no deadline from then on', async () => {
  const server = await started.server();
  const adapter = started.adapter(server.url);
  const limiter = limiterOf(started, adapter);
  await decidedByRedis(limiter);
  started.undo(() => server.thaw());
  const opened = new Promise((resolve) => adapter.on('circuit-open', resolve));
  const failures = new Set<string>();
  limiter.on('failure', ({ error }) => failures.add(error.code));
  server.freeze();
  await eventually(async () => {
    expect(await limiter.consume(QUOTA, 'a')).toMatchObject({ source: 'local', allowed: true });
    return adapter.status().circuits.write !== 'closed';
  }, 10_000);
  await opened;
  failures.clear();
  await limiter.consume(QUOTA, 'a');
  expect([...failures]).toEqual(['CIRCUIT_OPEN']);
  server.thaw();
  await decidedByRedis(limiter);
});

describe.each(Object.keys(OUTAGES))('a server that is %s', (how) => {
  test('is done without within the deadline, and decides again soon after it is back', async () => {
    const { limiter, end } = await begun(how);
    const took: number[] = [];
    const codes = new Set<string>();
    limiter.on('failure', ({ error, action }) => codes.add(`${action} ${error.code}`));
    expect(sourcesOf(await decisions(limiter, took))).toEqual({ local: 120 });
    expectInTime(took);
    expect(
      [...codes].filter((code) => !/^local (DEADLINE_EXCEEDED|CONNECTION_FAILED|CIRCUIT_OPEN)$/.test(code)),
    ).toEqual([]);
    await end();
    await decidedByRedis(limiter, BACK_MS);
  });

  test.each(['open', 'closed'] as const)('with onError %s', async (onError) => {
    const { limiter } = await begun(how, { onError });
    const took: number[] = [];
    const made = await decisions(limiter, took);
    expect(new Set(made.map(({ source, allowed }) => `${source} ${allowed}`))).toEqual(
      new Set([`${onError} ${onError === 'open'}`]),
    );
    expectInTime(took);
    expect(await codeOf(limiter.check(QUOTA, 'a'))).toBe(onError === 'open' ? 'ok' : 'LIMITER_UNAVAILABLE');
  });

  test('is not told what only it can do, and the caller is', async () => {
    const { limiter } = await begun(how);
    const calls = [
      limiter.refund(QUOTA, 'a'),
      limiter.block(QUOTA, 'a', '1m'),
      limiter.unblock(QUOTA, 'a'),
      limiter.reset(QUOTA, 'a'),
    ];
    const beganMs = performance.now();
    for (const error of await Promise.all(calls.map(failure))) {
      expect(error.code).toBe('LIMITER_UNAVAILABLE');
      expect(error.outcome).toMatch(/^(unknown|not-sent|not-executed)$/);
      expect(error.context).toEqual({ code: (error.cause as { code: string }).code });
    }
    expect(performance.now() - beganMs).toBeLessThan(SETTLED_MS);
  });
});

test.each(['never there', 'silent from the beginning'])('a server that was %s is done without too', async (how) => {
  const server = await started.server();
  const proxy = await started.proxy(server);
  if (how === 'never there') proxy.refuse();
  else proxy.silence();
  const limiter = limiterOf(started, proxy.url);
  const took: number[] = [];
  expect(sourcesOf(await decisions(limiter, took))).toEqual({ local: 120 });
  expectInTime(took);
  await proxy.heal();
  await decidedByRedis(limiter);
});

describe('a process on its own', () => {
  const away = 'redis://127.0.0.1:1';
  const allowedOf = async (limiter: RateLimiter, policy: RateLimitPolicy): Promise<number> => {
    const made = await Promise.all(Array.from({ length: 40 }, () => limiter.consume(policy, 'a')));
    return made.filter(({ allowed }) => allowed).length;
  };

  test.each([
    [1, 20],
    [3, 6],
    [20, 1],
    [1000, 1],
  ])('of %i lets through its share: %i of 20', async (instances, share) => {
    const limiter = limiterOf(started, away, { instances });
    expect(await allowedOf(limiter, { ...QUOTA, limit: 20 })).toBe(share);
    expect(await allowedOf(limiter, { name: 'flowing', limit: 20, window: '300d' })).toBe(share);
  });

  test('has a share of every limit, be it no round number', async () => {
    const limiter = limiterOf(started, away, { instances: 3 });
    const decision = await limiter.consume({ name: 'large', limit: 10_000_000, window: '30d' }, 'a');
    expect(decision).toMatchObject({ source: 'local', allowed: true, limit: 3_333_333, remaining: 3_333_332 });
  });

  test('refuses with check as the server would', async () => {
    const limiter = limiterOf(started, away);
    const one: RateLimitPolicy = { name: 'one', limit: 1, window: '1h' };
    await limiter.check(one, 'a');
    const refused = await failure(limiter.check(one, 'a'));
    expect(refused).toBeInstanceOf(RateLimitedError);
    expect(refused).toMatchObject({ code: 'RATE_LIMITED', decision: { source: 'local', policy: 'one' } });
  });
});
