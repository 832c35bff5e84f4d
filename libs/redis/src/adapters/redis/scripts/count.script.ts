import type { ScriptDefinition } from '../../../domain/cache-store.js';
import { COUNT_LUA } from './count.lua.js';

/** `incr`: answers the new count. */
export const COUNT: ScriptDefinition<number> = {
  name: 'INCR',
  source: COUNT_LUA,
  keys: 1,
  parse: (reply) => Number(String(reply)),
};

/** The first word of the error of a count that would be too large. */
export const COUNT_LIMIT = 'LIMIT';
