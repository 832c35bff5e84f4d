import { RedisServer } from 'nestjs-redis-infra/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RedisAdapter } from '../../src/index.js';
import type { ScriptHost } from '../../src/domain/cache-store.js';
import { ALL_VECTORS } from '../rate-limit/vectors/all-vectors.js';
import { PATHS, LuaDecider, usesTestClock } from '../rate-limit/vectors/lua-decider.js';
import { runVector } from '../rate-limit/vectors/run-vector.js';
import { START_US, planOf } from '../rate-limit/vectors/vector.js';

let server: RedisServer;
let adapter: RedisAdapter;
let taken = 0;

beforeAll(async () => {
  server = await RedisServer.start();
  adapter = new RedisAdapter(server.url, { resilience: { deadline: '20s' } });
  await adapter.connect();
});
afterAll(async () => {
  await adapter.disconnect();
  await server.stop();
});

test('the script under test uses the test clock', () => {
  expect(usesTestClock()).toBe(true);
});

describe.each(Object.keys(PATHS) as (keyof typeof PATHS)[])('decide.lua on %s', (path) => {
  const decider = (): LuaDecider => new LuaDecider(adapter.can.scripts as ScriptHost, path);

  describe.each(ALL_VECTORS)('for %s', (_, vectors) => {
    test.each(vectors)('$name', async (vector) => {
      await runVector(vector, decider(), `subject:${taken++}`);
    });
  });

  test('a state of an unknown version, or a truncated one, starts empty', async () => {
    const key = 'from-the-future';
    const call = { operation: 'consume', plan: planOf({ name: 'n', limit: 2, window: '1s' }), times: 1 } as const;
    const subjects = [{ key, calls: [{ ...call, amount: 1, holder: 0 }] }];
    const moment = { nowUs: START_US, sentAtUs: START_US, notAfterUs: START_US, subjects, expired: [] };
    for (const state of ['\u0002 whatever', '', '\u0001', '\u0001\u0001n', `\u0001\u0001n\u0001${'x'.repeat(26)}`]) {
      await server.command('SET', key, state);
      const { reply, ttlsMs } = await decider().decide(moment);
      expect(reply).toMatchObject({ verdicts: [{ admitted: 1, policies: [{ free: 1 }] }] });
      expect(ttlsMs).toEqual([500]);
    }
  });
});
