import { RedisCluster } from 'nestjs-redis-infra/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RateLimiter, RedisAdapter } from '../../src/index.js';
import { subjectKey, tagOf } from '../../src/rate-limiter/policy/subject-key.js';
import { CountedScripts } from '../support/counted-scripts.js';

const LONG_DEADLINE = { deadline: '10s', onError: 'closed' } as const;
const MINUTELY = { name: 'minutely', limit: 3, window: '1m' } as const;
const HOURLY = { name: 'hourly', limit: 2, window: '1h', algorithm: 'sliding-window' } as const;
const SUBJECTS = Array.from({ length: 300 }, (_, i) => `subject:${i}`);

let cluster: RedisCluster;
let adapter: RedisAdapter;

beforeAll(async () => {
  cluster = await RedisCluster.start();
  adapter = new RedisAdapter(cluster.url, { resilience: { deadline: '10s' } });
  await adapter.connect();
});
afterAll(async () => {
  await adapter.disconnect();
  await cluster.stop();
});

test('each of many subjects of one tick gets exactly its limits on a cluster, with one command per tag', async () => {
  const scripts = new CountedScripts(adapter);
  const limiter = new RateLimiter(scripts.store, LONG_DEADLINE);
  // The first calls read the clocks of the nodes.
  await Promise.all(SUBJECTS.map((subject) => limiter.peek(MINUTELY, subject)));
  scripts.runs = 0;
  scripts.keys.length = 0;
  // The first call of a tag is sent immediately, and the others together.
  const calls = SUBJECTS.flatMap((subject) =>
    Array.from({ length: 4 }, () => limiter.consume([MINUTELY, HOURLY], subject)),
  );
  const decisions = await Promise.all(calls);
  const tags = new Set(SUBJECTS.map((subject) => tagOf(subjectKey(subject))));
  expect(decisions.filter(({ allowed }) => allowed)).toHaveLength(2 * SUBJECTS.length);
  expect(decisions.filter(({ policy, allowed }) => !allowed && policy === 'hourly')).toHaveLength(2 * SUBJECTS.length);
  expect(new Set(decisions.map(({ source }) => source))).toEqual(new Set(['redis']));
  expect(scripts.runs).toBeLessThanOrEqual(2 * tags.size);
  for (const keys of scripts.keys) expect(new Set(keys.map((key) => tagOf(key))).size).toBe(1);
  expect(await limiter.peek(MINUTELY, 'subject:0')).toMatchObject({ remaining: 1 });
});

test('refusals and resets keep their order on every node of a cluster', async () => {
  const limiter = new RateLimiter(adapter, LONG_DEADLINE);
  const policy = { ...MINUTELY, name: 'ordered', limit: 1 } as const;
  const rounds = SUBJECTS.slice(0, 50).map(async (subject) => {
    const [first, second, , third] = await Promise.all([
      limiter.consume(policy, subject),
      limiter.consume(policy, subject),
      limiter.reset(policy, subject),
      limiter.consume(policy, subject),
    ]);
    return [first.allowed, second.allowed, third.allowed];
  });
  expect(new Set((await Promise.all(rounds)).map(String))).toEqual(new Set(['true,false,true']));
});

test('every limiter key on a cluster has a ttl', async () => {
  for (const master of await cluster.masters()) {
    const keys = (await master.command('KEYS', '{rl:*')) as string[];
    const ttls = await Promise.all(keys.map((key) => master.command('PTTL', key)));
    expect(keys.length).toBeGreaterThan(0);
    expect(ttls.filter((ttl) => Number(ttl) <= 0)).toEqual([]);
  }
});
