import { RedisServer } from 'nestjs-redis-infra/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MemoryAdapter, RateLimitedError, type CacheStore, type Policies, type RateLimiter } from '../../src/index.js';
import { RedisInfraError } from '../../src/common/redis-infra.error.js';
import { CountedScripts } from '../support/counted-scripts.js';
import { limiterOf } from '../support/limiter.js';
import { failure, resourcesPerTest } from '../support/started.js';

const UPLOADS = { name: 'uploads', limit: 10, window: '10d' } as const;
const MEGABYTES = { name: 'megabytes', limit: 500, window: '3000d', algorithm: 'fixed-window' } as const;
const OPTIONS = { deadline: '5s', policies: [UPLOADS, MEGABYTES] } as const;
const started = resourcesPerTest();

let server: RedisServer;
beforeAll(async () => {
  server = await RedisServer.start();
});
afterAll(() => server.stop());

/** The policies of an upload, with its size as the cost of one of them. */
const upload = (megabytes: number): Policies => ['uploads', { policy: 'megabytes', cost: megabytes }];

/** The tokens that are left of each policy. */
async function remaining(limiter: RateLimiter, subject: string): Promise<number[]> {
  return (await limiter.peek(['uploads', 'megabytes'], subject)).policies.map((policy) => policy.remaining);
}

const STORES: [string, () => RateLimiter][] = [
  ['a server', () => limiterOf(started, server.url, OPTIONS)],
  ['the embedded store', () => limiterOf(started, new MemoryAdapter({}), OPTIONS)],
  ['the process, while the server is unavailable', () => limiterOf(started, unavailable(), OPTIONS)],
];

function unavailable(): CacheStore {
  const scripts = new CountedScripts(new MemoryAdapter());
  scripts.before = () => {
    throw new RedisInfraError('CONNECTION_FAILED', 'no server');
  };
  return scripts.store;
}

describe.each(STORES)('policies with their own cost, on %s', (_, limiterOn) => {
  test('are each charged their cost, or none is charged', async () => {
    const limiter = limiterOn();
    expect(await limiter.consume(upload(400), 'all')).toMatchObject({ allowed: true, policy: 'uploads', remaining: 9 });
    expect(await limiter.consume(upload(400), 'all')).toMatchObject({ allowed: false, policy: 'megabytes' });
    expect(await remaining(limiter, 'all')).toEqual([9, 100]);
    expect(await limiter.consume(upload(100), 'all')).toMatchObject({
      allowed: true,
      policy: 'megabytes',
      remaining: 0,
    });
  });

  test('override the cost of the call, which the other policies are charged', async () => {
    const limiter = limiterOn();
    await limiter.consume(['uploads', { policy: MEGABYTES, cost: 7 }], 'both', { cost: 3 });
    expect(await remaining(limiter, 'both')).toEqual([7, 493]);
    await limiter.consume([{ policy: 'uploads', cost: 2 }], 'both', { cost: 9 });
    expect(await remaining(limiter, 'both')).toEqual([5, 493]);
    await limiter.consume([{ policy: 'uploads', cost: 0 }, 'megabytes'], 'both');
    expect(await remaining(limiter, 'both')).toEqual([5, 492]);
  });

  test('are charged by penalty and wait, and checked by peek', async () => {
    const limiter = limiterOn();
    expect(await limiter.wait(upload(450), 'acts', { deadline: '1s' })).toMatchObject({ allowed: true });
    expect(await limiter.peek(upload(50), 'acts')).toMatchObject({ allowed: true });
    expect(await limiter.peek(upload(51), 'acts')).toMatchObject({ allowed: false, policy: 'megabytes' });
    expect(await limiter.wait(upload(51), 'acts', { deadline: '10ms' })).toMatchObject({ allowed: false });
    await limiter.penalty([{ policy: 'uploads', cost: 4 }, 'megabytes'], 'acts', 50);
    expect(await remaining(limiter, 'acts')).toEqual([5, 0]);
  });

  test('keep their cost for calls of one tick that share a command', async () => {
    const limiter = limiterOn();
    const sizes = [100, 100, 300, 100, 50, 50];
    const decisions = await Promise.all(sizes.map((size) => limiter.consume(upload(size), 'tick')));
    expect(decisions.map(({ allowed }) => allowed)).toEqual([true, true, true, false, false, false]);
    expect(await remaining(limiter, 'tick')).toEqual([7, 0]);
  });

  test('throw RateLimitedError from check', async () => {
    const error = await failure(limiterOn().check(upload(501), 'check'));
    expect(error).toBeInstanceOf(RateLimitedError);
    expect(error.context).toEqual({ policy: 'megabytes' });
  });

  test.each<[unknown, string]>([
    [['uploads', { policy: 'megabytes', cost: -1 }], 'policies[1].cost'],
    [['uploads', { policy: 'megabytes', cost: 1.5 }], 'policies[1].cost'],
    [['uploads', { policy: 'megabytes' }], 'policies[1].cost'],
    [['uploads', { policy: 'megabytes', costs: 3 }], 'policies[1].costs'],
    [['uploads', { policy: 'megabites', cost: 3 }], 'policies[1].policy'],
    [['uploads', { policy: { ...MEGABYTES, limit: 0 }, cost: 3 }], 'policies[1].policy.limit'],
    [['uploads', { policy: 'uploads', cost: 3 }], 'policies'],
  ])('are refused by the path of what is wrong: %j', async (policies, path) => {
    const error = await failure(limiterOn().consume(policies as Policies, 'bad'));
    expect([error.code, error.context.path]).toEqual(['OPTION_INVALID', path]);
  });

  test('are refused for concurrency, which has no cost', async () => {
    const permits = { name: 'permits', limit: 2, window: '1m', algorithm: 'concurrency' } as const;
    const error = await failure(limiterOn().peek(['uploads', { policy: permits, cost: 2 }], 'permits'));
    expect([error.code, error.context.path]).toEqual(['OPTION_INVALID', 'policies[1].cost']);
  });
});

test.each(STORES.slice(0, 2))(
  'a refund of policies with their own cost returns that cost, on %s',
  async (_, limiterOn) => {
    const limiter = limiterOn();
    await limiter.consume(upload(450), 'refund');
    await limiter.refund(upload(400), 'refund');
    expect(await remaining(limiter, 'refund')).toEqual([10, 450]);
    await limiter.reset(upload(400), 'refund');
    expect(await remaining(limiter, 'refund')).toEqual([10, 500]);
  },
);
