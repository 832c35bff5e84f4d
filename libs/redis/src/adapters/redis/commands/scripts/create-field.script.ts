import type { ScriptDefinition } from '../../../../domain/cache-store.js';
import { CREATE_FIELD_LUA } from './create-field.lua.js';

/** HSET with a time to live for a new hash. */
export const CREATE_FIELD: ScriptDefinition<void> = {
  name: 'HSET',
  source: CREATE_FIELD_LUA,
  keys: 1,
  parse: () => undefined,
};
