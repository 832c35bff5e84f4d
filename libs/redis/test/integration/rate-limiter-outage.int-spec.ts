import type { FaultProxy, RedisServer } from 'nestjs-redis-infra/testing';
import { describe, expect, test } from 'vitest';
import {
  RateLimitedError,
  type RateLimitDecision,
  type RateLimiter,
  type RateLimiterOptions,
  type RateLimitPolicy,
} from '../../src/index.js';
import { QUOTA, untilDecidedByRedis, limiterOf, sourcesOf } from '../support/limiter.js';
import { eventually } from '../support/eventually.js';
import { codeOf, failure, resourcesPerTest } from '../support/started.js';

/** The deadline of a decision plus a tolerance. The median must keep it. */
const IN_TIME_MS = 50 + 50;
/** Upper bound for every decision, on a busy machine. A hanging call takes far longer. */
const SETTLED_MS = 1500;
const BACK_MS = 2000;
const started = resourcesPerTest();

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

async function startOutage(
  how: string,
  options?: RateLimiterOptions,
): Promise<{ limiter: RateLimiter; end(): unknown }> {
  const server = await started.server();
  const proxy = await started.proxy(server);
  started.undo(() => server.thaw());
  const outage = OUTAGES[how] as Outage;
  const limiter = limiterOf(started, how === 'killed' ? server.url : proxy.url, options);
  await untilDecidedByRedis(limiter);
  await outage.begin(server, proxy);
  return { limiter, end: () => outage.end(server, proxy) };
}

/** Makes 15 rounds of every call that is decided during an outage, and adds the duration of each to `took`. */
async function decisions(limiter: RateLimiter, took: number[] = []): Promise<RateLimitDecision[]> {
  const timed = async (call: Promise<RateLimitDecision>): Promise<RateLimitDecision> => {
    const beganMs = performance.now();
    const decision = await call;
    took.push(performance.now() - beganMs);
    return decision;
  };
  const results: RateLimitDecision[] = [];
  for (let round = 0; round < 15; round++) {
    const calls = ['a', 'b'].flatMap((subject) => [
      limiter.consume(QUOTA, subject),
      limiter.check(QUOTA, subject).catch((error: RateLimitedError) => error.decision),
      limiter.peek(QUOTA, subject),
      limiter.penalty(QUOTA, subject, 1),
    ]);
    results.push(...(await Promise.all(calls.map(timed))).filter((decision) => decision !== undefined));
  }
  return results;
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] as number;
}

function expectInTime(took: readonly number[]): void {
  expect(median(took)).toBeLessThan(IN_TIME_MS);
  expect(Math.max(...took)).toBeLessThan(SETTLED_MS);
}

test('a frozen server opens the circuit when only the limiter uses it, and then costs no deadline', async () => {
  const server = await started.server();
  const adapter = started.adapter(server.url);
  const limiter = limiterOf(started, adapter);
  await untilDecidedByRedis(limiter);
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
  await untilDecidedByRedis(limiter);
});

describe.each(Object.keys(OUTAGES))('a server that is %s', (how) => {
  test('is replaced by local decisions within the deadline, and decides again soon after it is back', async () => {
    const { limiter, end } = await startOutage(how);
    const took: number[] = [];
    const codes = new Set<string>();
    limiter.on('failure', ({ error, action }) => codes.add(`${action} ${error.code}`));
    expect(sourcesOf(await decisions(limiter, took))).toEqual({ local: 120 });
    expectInTime(took);
    expect(
      [...codes].filter((code) => !/^local (DEADLINE_EXCEEDED|CONNECTION_FAILED|CIRCUIT_OPEN)$/.test(code)),
    ).toEqual([]);
    await end();
    await untilDecidedByRedis(limiter, BACK_MS);
  });

  test.each(['open', 'closed'] as const)('is replaced by onError %s within the deadline', async (onError) => {
    const { limiter } = await startOutage(how, { onError });
    const took: number[] = [];
    const results = await decisions(limiter, took);
    expect(new Set(results.map(({ source, allowed }) => `${source} ${allowed}`))).toEqual(
      new Set([`${onError} ${onError === 'open'}`]),
    );
    expectInTime(took);
    expect(await codeOf(limiter.check(QUOTA, 'a'))).toBe(onError === 'open' ? 'ok' : 'LIMITER_UNAVAILABLE');
  });

  test('makes refund, block, unblock and reset reject with LIMITER_UNAVAILABLE', async () => {
    const { limiter } = await startOutage(how);
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

test.each(['never there', 'silent from the start'])(
  'a server that was %s is replaced by local decisions',
  async (how) => {
    const server = await started.server();
    const proxy = await started.proxy(server);
    if (how === 'never there') proxy.refuse();
    else proxy.silence();
    const limiter = limiterOf(started, proxy.url);
    const took: number[] = [];
    expect(sourcesOf(await decisions(limiter, took))).toEqual({ local: 120 });
    expectInTime(took);
    await proxy.heal();
    await untilDecidedByRedis(limiter);
  },
);

describe('local decisions', () => {
  const UNREACHABLE = 'redis://127.0.0.1:1';
  const allowedOf = async (limiter: RateLimiter, policy: RateLimitPolicy): Promise<number> => {
    const results = await Promise.all(Array.from({ length: 40 }, () => limiter.consume(policy, 'a')));
    return results.filter(({ allowed }) => allowed).length;
  };

  test.each([
    [1, 20],
    [3, 6],
    [20, 1],
    [1000, 1],
  ])('of one of %i instances allow its share: %i of 20', async (instances, share) => {
    const limiter = limiterOf(started, UNREACHABLE, { instances });
    expect(await allowedOf(limiter, { ...QUOTA, limit: 20 })).toBe(share);
    expect(await allowedOf(limiter, { name: 'flowing', limit: 20, window: '300d' })).toBe(share);
  });

  test('have a share of limits that the instances do not divide evenly', async () => {
    const limiter = limiterOf(started, UNREACHABLE, { instances: 3 });
    const decision = await limiter.consume({ name: 'large', limit: 10_000_000, window: '30d' }, 'a');
    expect(decision).toMatchObject({ source: 'local', allowed: true, limit: 3_333_333, remaining: 3_333_332 });
  });

  test('throw RateLimitedError from check as decisions of the server do', async () => {
    const limiter = limiterOf(started, UNREACHABLE);
    const one: RateLimitPolicy = { name: 'one', limit: 1, window: '1h' };
    await limiter.check(one, 'a');
    const refused = await failure(limiter.check(one, 'a'));
    expect(refused).toBeInstanceOf(RateLimitedError);
    expect(refused).toMatchObject({ code: 'RATE_LIMITED', decision: { source: 'local', policy: 'one' } });
  });
});
