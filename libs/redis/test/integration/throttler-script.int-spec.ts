import { RedisServer } from 'nestjs-redis-infra/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RedisAdapter, type ScriptDefinition } from '../../src/index.js';
import { MemoryAdapter } from '../../src/adapters/memory.adapter.js';
import { THROTTLE_LUA } from '../../src/rate-limiter/throttler/throttle.lua.js';
import { THROTTLE, throttleArgs } from '../../src/rate-limiter/throttler/throttle.script.js';
import type { BoundedReply } from '../../src/rate-limiter/server-time/bounded-reply.js';
import type { ThrottledRequest, ThrottleVerdict } from '../../src/rate-limiter/throttler/throttled-request.js';

const REPLACED = [
  ["redis.call('TIME')", '{ ARGV[6], ARGV[7] }'],
  ["redis.call('PEXPIREAT'", "redis.call('ECHO'"],
] as const;

/** The script on the clock of the test: the server must not expire the key. */
const STEPPED: ScriptDefinition<BoundedReply<ThrottleVerdict>> = {
  name: 'STEPPED',
  source: REPLACED.reduce((text, [from, to]) => text.replace(from, to), THROTTLE_LUA).replace(
    "redis.call('ECHO', key, ",
    "redis.call('ECHO', ",
  ),
  keys: 1,
  parse: THROTTLE.parse,
};

function seededInteger(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * below);
  };
}

function runAt(key: string, request: ThrottledRequest, notAfterUs = Number.MAX_SAFE_INTEGER) {
  return redis.can.scripts?.run(THROTTLE, [key], [notAfterUs, ...throttleArgs(request)]);
}

let server: RedisServer;
let redis: RedisAdapter;

beforeAll(async () => {
  server = await RedisServer.start();
  redis = new RedisAdapter(server.url, { resilience: { deadline: '10s' } });
  await redis.connect();
});

afterAll(async () => {
  await redis.disconnect();
  await server.stop();
});

describe('throttle.lua and its twin', () => {
  test('the clock and the expiry of the script are replaced in this test', () => {
    expect(REPLACED.map(([from]) => THROTTLE_LUA.split(from).length)).toEqual([2, 2]);
  });

  test.each([1, 2, 3, 4, 5, 6])(
    'have the same verdicts for random requests, also repeated and late ones (seed %i)',
    async (seed) => {
      const random = seededInteger(seed * 7919);
      let nowMs = 1_700_000_000_000;
      const clock = { monotonicMs: () => nowMs, wallMs: () => nowMs };
      const twin = new MemoryAdapter({}, clock).can.scripts;
      const [lua, key] = [redis.can.scripts, `random:${seed}`];
      const [limit, blocks] = [random(5), seed % 2 === 0];
      const replies: BoundedReply<ThrottleVerdict>[] = [];
      for (let i = 0; i < 300; i++) {
        nowMs += random(4) === 0 ? random(3000) : random(50);
        const request: ThrottledRequest = {
          id: `request-${random(8) === 0 ? Math.max(0, i - 1) : i}`,
          ttlMs: 500 + random(2) * 1000,
          limit: limit + random(2),
          blockMs: blocks ? 200 + random(2000) : 0,
        };
        const notAfterUs = (nowMs + random(10) - 1) * 1000;
        const args = [notAfterUs, ...throttleArgs(request)];
        const time = [Math.floor(nowMs / 1000), (nowMs % 1000) * 1000];
        const expected = await twin?.run(THROTTLE, [key], args);
        expect(await lua?.run(STEPPED, [key], [...args, ...time])).toEqual(expected);
        if (expected !== undefined) replies.push(expected);
      }
      const isBlocked = replies.map((reply) => reply.status === 'decided' && reply.isBlocked);
      expect(new Set(isBlocked)).toEqual(new Set([true, false]));
      expect(new Set(replies.map(({ status }) => status))).toEqual(new Set(['decided', 'late']));
    },
  );

  test('the record expires with the last of its requests and blocks', async () => {
    const requested = (blockMs: number, id: string) => runAt('expiry', { id, ttlMs: 60_000, limit: 1, blockMs });
    await requested(300_000, 'a');
    expect(await redis.ttl('expiry')).toBeCloseTo(60, 0);
    await requested(300_000, 'b');
    expect(await redis.ttl('expiry')).toBeCloseTo(300, 0);
  });

  test('a repeated id is counted once', async () => {
    const requested = (id: string) => runAt('repeated', { id, ttlMs: 60_000, limit: 10, blockMs: 60_000 });
    for (const id of ['a', 'a', 'b', 'a']) await requested(id);
    expect(await requested('c')).toMatchObject({ hits: 3 });
  });

  test('a request after its not-after time changes nothing', async () => {
    const request = { id: 'a', ttlMs: 60_000, limit: 10, blockMs: 60_000 };
    const notAfterUs = Number((await runAt('late', request, 0))?.nowUs);
    expect(notAfterUs).toBeGreaterThan(0);
    expect(await runAt('late', request, notAfterUs)).toMatchObject({ status: 'late' });
    expect(await redis.has('late')).toBe(false);
    expect(await runAt('late', request, notAfterUs + 3_600_000_000)).toMatchObject({ status: 'decided', hits: 1 });
  });

  test('a key of another type is WRONG_TYPE', async () => {
    await redis.set('text', 'value');
    await expect(runAt('text', { id: 'a', ttlMs: 1, limit: 1, blockMs: 1 })).rejects.toMatchObject({
      code: 'WRONG_TYPE',
    });
  });
});
