import { RedisAdapter } from '../../../src/adapters/redis.adapter.js';
import type { ScriptHost } from '../../../src/domain/cache-store.js';
import { RedisServer } from '../../../src/testing/redis-server/redis-server.js';
import { LuaDecider, type PATHS } from '../vectors/lua-decider.js';
import { runFuzz, type FuzzOptions } from './run-fuzz.js';

/** Runs `runFuzz` on a temporary server. */
export async function fuzzOnServer(
  options: Omit<FuzzOptions, 'lua'>,
  path: keyof typeof PATHS = 'the fastest path',
): Promise<Map<string, number>> {
  const server = await RedisServer.start();
  const adapter = new RedisAdapter(server.url, { resilience: { deadline: '60s' } });
  try {
    await adapter.connect();
    return await runFuzz({ ...options, lua: new LuaDecider(adapter.can.scripts as ScriptHost, path) });
  } finally {
    await adapter.disconnect();
    await server.stop();
  }
}
