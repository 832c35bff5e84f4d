import type { ScriptDefinition } from '../../../domain/cache-store.js';
import { CLEAN_KEYS_LUA } from './clean-keys.lua.js';
import { cleanInMemory, inspectInMemory, saveInMemory } from './cleanup.twin.js';
import { INSPECT_KEYS_LUA } from './inspect-keys.lua.js';
import { KEYSPACE_LUA } from './keyspace.lua.js';
import { SAVE_PROGRESS_LUA } from './save-progress.lua.js';

/** What is known about a key of a store. */
export interface KeyFacts {
  /** The remaining milliseconds; -1 if the key never expires, -2 if it is absent. */
  readonly ttlMs: number;
  /** The beginning of a string, with the header of an entry; empty for other types. */
  readonly head: Buffer;
  /** The size in bytes; 0 if it was not asked for, or is not known. */
  readonly bytes: number;
}

/** What is known about several keys, in their order. */
export interface Inspection {
  /** The server time in milliseconds since 1970. */
  readonly nowMs: number;
  readonly facts: readonly KeyFacts[];
}

/** Returns what is known about keys. */
export const INSPECT_KEYS: ScriptDefinition<Inspection> = {
  name: 'INSPECT_KEYS',
  source: INSPECT_KEYS_LUA,
  keys: 1,
  parse(reply) {
    const [nowMs, ...rest] = listOf(reply);
    const facts = Array.from({ length: rest.length / 3 }, (_, i): KeyFacts => {
      const [ttlMs, head, bytes] = rest.slice(3 * i, 3 * i + 3);
      return { ttlMs: Number(ttlMs), head: bufferOf(head), bytes: Number(bytes) };
    });
    return { nowMs: Number(nowMs), facts };
  },
  twin: inspectInMemory,
};

/** Removes keys if what was seen of them still holds. Returns the bytes of each, or -1 if it does not. */
export const CLEAN_KEYS: ScriptDefinition<readonly number[]> = {
  name: 'CLEAN_KEYS',
  source: CLEAN_KEYS_LUA,
  keys: 1,
  parse: (reply) => listOf(reply).map(Number),
  twin: cleanInMemory,
};

/** How many keys a server has, and how many of them expire. */
export const KEYSPACE: ScriptDefinition<readonly number[]> = {
  name: 'KEYSPACE',
  source: KEYSPACE_LUA,
  keys: 1,
  parse: (reply) => listOf(reply).map(Number),
  twin: () => [-1, -1],
};

/** Reads where a cleanup continues, or replaces it unless a later holder of the lock has written it. */
export const SAVE_PROGRESS: ScriptDefinition<string> = {
  name: 'SAVE_PROGRESS',
  source: SAVE_PROGRESS_LUA,
  keys: 1,
  parse: String,
  twin: (memory, [key = ''], args) => saveInMemory(memory, key, args),
};

function listOf(reply: unknown): readonly unknown[] {
  if (!Array.isArray(reply)) throw new TypeError('the reply of a script is no array');
  return reply;
}

function bufferOf(value: unknown): Buffer {
  return Buffer.isBuffer(value) ? value : Buffer.from(String(value));
}
