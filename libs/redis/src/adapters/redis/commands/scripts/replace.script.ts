import type { ScriptDefinition } from '../../../../domain/cache-store.js';
import { REPLACE_FIELD_LUA } from './replace-field.lua.js';
import { REPLACE_LUA } from './replace.lua.js';

/** Compare and set of a string. Returns whether it was replaced. */
export const REPLACE: ScriptDefinition<boolean> = {
  name: 'REPLACE',
  source: REPLACE_LUA,
  keys: 1,
  parse: (reply) => reply === 1,
};

/** Compare and set of a hash field. Returns whether it was replaced. */
export const REPLACE_FIELD: ScriptDefinition<boolean> = {
  name: 'REPLACE',
  source: REPLACE_FIELD_LUA,
  keys: 1,
  parse: (reply) => reply === 1,
};
