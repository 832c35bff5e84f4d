import type { ScriptDefinition } from '../../../domain/cache-store.js';
import { PRESENCE_LUA } from './presence.lua.js';

/** Registers a process that uses a shard while keys move. */
export const PRESENCE: ScriptDefinition<readonly string[]> = {
  name: 'PRESENCE',
  source: PRESENCE_LUA,
  keys: 1,
  parse: (reply) => (Array.isArray(reply) ? reply.map(String) : []),
};
