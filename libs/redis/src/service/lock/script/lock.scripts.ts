import type { ScriptDefinition } from '../../../domain/cache-store.js';
import { ACQUIRE_LOCK_LUA } from './acquire-lock.lua.js';
import { acquireInMemory, releaseInMemory, renewInMemory } from './lock.twin.js';
import { RELEASE_LOCK_LUA } from './release-lock.lua.js';
import { RENEW_LOCK_LUA } from './renew-lock.lua.js';

/** The result of a request for a lock. */
export type LockReply =
  | { readonly status: 'acquired'; readonly fence: number }
  /** Another holder has it; without a renewal it expires after this time, in milliseconds. */
  | { readonly status: 'held'; readonly remainingMs: number };

/** Takes a lock if it is free. */
export const ACQUIRE_LOCK: ScriptDefinition<LockReply> = {
  name: 'ACQUIRE_LOCK',
  source: ACQUIRE_LOCK_LUA,
  keys: 1,
  parse(reply) {
    if (!Array.isArray(reply)) throw new TypeError('ACQUIRE_LOCK: the reply is no array');
    const [isAcquired, number = 0] = reply.map(Number);
    return isAcquired === 1 ? { status: 'acquired', fence: number } : { status: 'held', remainingMs: number };
  },
  twin: (memory, [key = ''], args) => acquireInMemory(memory, key, args),
};

/** Extends a lock. False if the token does not hold it. */
export const RENEW_LOCK: ScriptDefinition<boolean> = {
  name: 'RENEW_LOCK',
  source: RENEW_LOCK_LUA,
  keys: 1,
  parse: (reply) => Number(reply) === 1,
  twin: (memory, [key = ''], args) => renewInMemory(memory, key, args),
};

/** Ends a lock. False if the token did not hold it any more. */
export const RELEASE_LOCK: ScriptDefinition<boolean> = {
  name: 'RELEASE_LOCK',
  source: RELEASE_LOCK_LUA,
  keys: 1,
  parse: (reply) => Number(reply) === 1,
  twin: (memory, [key = ''], args) => releaseInMemory(memory, key, args),
};
