import type { ScriptArg, ScriptDefinition } from '../../domain/cache-store.js';
import { THROTTLE_LUA } from './throttle.lua.js';
import type { ThrottledRequest, ThrottleVerdict } from './throttled-request.js';
import { throttleInMemory } from './throttle.twin.js';

/** Counts one request. */
export const THROTTLE: ScriptDefinition<ThrottleVerdict> = {
  name: 'THROTTLE',
  source: THROTTLE_LUA,
  keys: 1,
  parse(reply) {
    if (!Array.isArray(reply)) throw new TypeError('THROTTLE: the reply is no array');
    const [hits = 0, windowMs = 0, isBlocked = 0, blockedMs = 0] = reply.map(Number);
    return { hits, windowMs, isBlocked: isBlocked === 1, blockedMs };
  },
  twin(memory, [key = ''], [id, ...numbers]) {
    const [ttlMs = 0, limit = 0, blockMs = 0] = numbers.map(Number);
    const verdict = throttleInMemory(memory, key, { id: String(id), ttlMs, limit, blockMs });
    return [verdict.hits, verdict.windowMs, verdict.isBlocked ? 1 : 0, verdict.blockedMs];
  },
};

/** The arguments of `THROTTLE`. */
export function throttleArgs({ id, ttlMs, limit, blockMs }: ThrottledRequest): readonly ScriptArg[] {
  return [id, ttlMs, limit, blockMs];
}
