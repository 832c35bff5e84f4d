import type { ScriptArg, ScriptDefinition } from '../../domain/cache-store.js';
import { STATUSES, type BoundedReply } from '../server-time/bounded-reply.js';
import { THROTTLE_LUA } from './throttle.lua.js';
import type { ThrottledRequest, ThrottleVerdict } from './throttled-request.js';
import { throttleInMemory } from './throttle.twin.js';

/** Counts one request, unless its not-after time has passed. */
export const THROTTLE: ScriptDefinition<BoundedReply<ThrottleVerdict>> = {
  name: 'THROTTLE',
  source: THROTTLE_LUA,
  keys: 1,
  parse(reply) {
    if (!Array.isArray(reply)) throw new TypeError('THROTTLE: the reply is no array');
    const [status = 0, nowUs = 0, hits = 0, windowMs = 0, isBlocked = 0, blockedMs = 0] = reply.map(Number);
    if (STATUSES[status] !== 'decided') return { status: 'late', nowUs };
    return { status: 'decided', nowUs, hits, windowMs, isBlocked: isBlocked === 1, blockedMs };
  },
  twin(memory, [key = ''], [notAfterUs, id, ...numbers]) {
    const { nowUs } = memory;
    if (nowUs > Number(notAfterUs)) return [STATUSES.indexOf('late'), nowUs];
    const [ttlMs = 0, limit = 0, blockMs = 0] = numbers.map(Number);
    const { hits, windowMs, isBlocked, blockedMs } = throttleInMemory(memory, key, {
      id: String(id),
      ttlMs,
      limit,
      blockMs,
    });
    return [STATUSES.indexOf('decided'), nowUs, hits, windowMs, isBlocked ? 1 : 0, blockedMs];
  },
};

/** The arguments of `THROTTLE` after the not-after time. */
export function throttleArgs({ id, ttlMs, limit, blockMs }: ThrottledRequest): readonly ScriptArg[] {
  return [id, ttlMs, limit, blockMs];
}

/** The arguments of a run that only reads the server clock. */
export const NO_REQUEST = throttleArgs({ id: '', ttlMs: 0, limit: 0, blockMs: 0 });
