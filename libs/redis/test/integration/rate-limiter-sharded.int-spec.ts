import type { RedisServer } from 'nestjs-redis-infra/testing';
import { describe, expect, test } from 'vitest';
import {
  type RateLimiter,
  type RateLimitDecision,
  type RateLimiterOptions,
  type ShardedCache,
} from '../../src/index.js';
import { subjectKey } from '../../src/rate-limiter/policy/subject-key.js';
import { limiterOf, sourcesOf } from '../support/limiter.js';
import { eventually } from '../support/eventually.js';
import { shardsOf, startServers } from '../support/sharded.js';
import { resourcesPerTest } from '../support/started.js';

const started = resourcesPerTest();

const PATIENT = { deadline: '10s', onError: 'closed' } as const;
const MINUTELY = { name: 'minutely', limit: 3, window: '1h' } as const;
const HOURLY = { name: 'hourly', limit: 2, window: '5h', algorithm: 'sliding-window' } as const;
const PERMITS = { name: 'permits', limit: 2, window: '1m', algorithm: 'concurrency' } as const;
const SUBJECTS = Array.from({ length: 120 }, (_, i) => `subject:${i}`);

interface Running {
  readonly servers: readonly RedisServer[];
  readonly cache: ShardedCache;
  readonly limiter: RateLimiter;
}

async function start(count: number, options: RateLimiterOptions = PATIENT): Promise<Running> {
  const servers = await startServers(started, count);
  const cache = openOn(servers);
  await cache.connect();
  return { servers, cache, limiter: limiterOf(started, cache, options) };
}

function openOn(servers: readonly RedisServer[]): ShardedCache {
  const urls = servers.map(({ url }) => url);
  return shardsOf(started, urls, { keyPrefix: 'p:' });
}

const shardOf = (cache: ShardedCache, subject: string): string => cache.locate(subjectKey(subject)).shard;
const allowedOf = (decisions: readonly RateLimitDecision[]): readonly RateLimitDecision[] =>
  decisions.filter(({ allowed }) => allowed);

async function limiterKeys(server: RedisServer): Promise<readonly string[]> {
  const keys = await server.command('KEYS', 'p:{rl:*');
  return Array.isArray(keys) ? keys.map(String) : [];
}

describe('a RateLimiter on a ShardedCache', () => {
  test('gives each of many subjects of one tick exactly its limits, whatever its shard', async () => {
    const { servers, limiter } = await start(3);
    const calls = SUBJECTS.flatMap((subject) =>
      Array.from({ length: 4 }, () => limiter.consume([MINUTELY, HOURLY], subject)),
    );
    const decisions = await Promise.all(calls);
    expect(sourcesOf(decisions)).toEqual({ redis: 4 * SUBJECTS.length });
    expect(allowedOf(decisions)).toHaveLength(2 * SUBJECTS.length);
    // Two refused calls spent nothing of the other policy.
    expect(await limiter.peek(MINUTELY, 'subject:0')).toMatchObject({ remaining: 1 });
    for (const server of servers) expect((await limiterKeys(server)).length).toBeGreaterThan(0);
  });

  test('keeps the counts of a subject on the shard that locate() names, with a ttl', async () => {
    const { servers, cache, limiter } = await start(3);
    await Promise.all(SUBJECTS.map((subject) => limiter.consume(MINUTELY, subject)));
    for (const [at, server] of servers.entries()) {
      const own = SUBJECTS.filter((subject) => shardOf(cache, subject) === `s${at}`);
      const keys = await limiterKeys(server);
      expect([...keys].sort()).toEqual(own.map((subject) => `p:${subjectKey(subject)}`).sort());
      const ttls = await Promise.all(keys.map((key) => server.command('PTTL', key)));
      expect(ttls.filter((ttl) => Number(ttl) <= 0)).toEqual([]);
    }
  });

  test('counts together with the limiters of other processes', async () => {
    const { servers, limiter } = await start(3);
    const other = limiterOf(started, openOn(servers), PATIENT);
    const calls = SUBJECTS.flatMap((subject) =>
      [limiter, other, limiter, other].map((each) => each.consume(MINUTELY, subject)),
    );
    expect(allowedOf(await Promise.all(calls))).toHaveLength(3 * SUBJECTS.length);
  });

  test('lends permits on the shard of the subject', async () => {
    const { limiter } = await start(3);
    const held = await Promise.all(SUBJECTS.slice(0, 20).map((subject) => limiter.acquire(PERMITS, subject)));
    const second = await Promise.all(SUBJECTS.slice(0, 20).map((subject) => limiter.acquire(PERMITS, subject)));
    for (const subject of SUBJECTS.slice(0, 20))
      expect(await limiter.peek(PERMITS, subject)).toMatchObject({ allowed: false });
    await Promise.all([...held, ...second].map((permit) => permit.release()));
    for (const subject of SUBJECTS.slice(0, 20))
      expect(await limiter.peek(PERMITS, subject)).toMatchObject({ allowed: true, remaining: 2 });
  });

  test('decides without Redis only for the subjects of a shard that is unavailable, and returns to Redis', async () => {
    const { servers, cache, limiter } = await start(3, { deadline: '2s', onError: 'closed' });
    const decide = (): Promise<RateLimitDecision[]> =>
      Promise.all(SUBJECTS.map((subject) => limiter.consume({ ...MINUTELY, limit: 1000 }, subject)));
    expect(sourcesOf(await decide())).toEqual({ redis: SUBJECTS.length });
    await servers[1]?.kill();
    await eventually(() => cache.status().s1?.state !== 'up');
    const sources = (await decide()).map(({ source }) => source);
    expect(sources).toEqual(SUBJECTS.map((subject) => (shardOf(cache, subject) === 's1' ? 'closed' : 'redis')));
    await servers[1]?.restart();
    await eventually(async () => sourcesOf(await decide()).redis === SUBJECTS.length, 15_000);
  });

  test('has one group of calls, and so one server clock, for each shard', async () => {
    const { cache, limiter } = await start(2, { deadline: '1s', onError: 'closed' });
    const bySource = sourcesOf(await Promise.all(SUBJECTS.map((subject) => limiter.consume(MINUTELY, subject))));
    expect(bySource).toEqual({ redis: SUBJECTS.length });
    const groups = new Set(SUBJECTS.map((subject) => cache.can.scripts?.groupOf?.(subjectKey(subject))));
    expect(groups).toEqual(new Set(['s0', 's1']));
  });
});
