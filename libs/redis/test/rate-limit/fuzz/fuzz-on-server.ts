import { RedisAdapter } from '../../../src/adapters/redis/redis.adapter.js';
import type { ScriptHost } from '../../../src/domain/cache-store.js';
import { RedisServer } from '../../../src/testing/redis-server/redis-server.js';
import { LuaDecider, type WAYS } from '../vectors/lua-decider.js';
import { runFuzz, type FuzzOptions } from './run-fuzz.js';

/** `runFuzz` with a server of its own. */
export async function fuzzOnServer(
  options: Omit<FuzzOptions, 'lua'>,
  way: keyof typeof WAYS = 'the shortest way',
): Promise<Map<string, number>> {
  const server = await RedisServer.start();
  const adapter = new RedisAdapter(server.url, { resilience: { deadline: '60s' } });
  try {
    await adapter.connect();
    return await runFuzz({ ...options, lua: new LuaDecider(adapter.can.scripts as ScriptHost, way) });
  } finally {
    await adapter.disconnect();
    await server.stop();
  }
}
