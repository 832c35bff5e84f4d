import type { StoreScript } from '../../../sending/script-command.js';
import { toInteger } from '../../commands/replies.js';
import { COUNT_ENTRY_LUA } from './count-entry.lua.js';
import { EXPIRE_KEY_LUA } from './expire-key.lua.js';
import { REMOVE_FIELDS_LUA } from './remove-fields.lua.js';
import { REMOVE_LUA } from './remove.lua.js';
import { REMOVE_MANY_LUA } from './remove-many.lua.js';
import { REPLACE_ENTRY_LUA } from './replace-entry.lua.js';
import { SET_FIELD_LUA } from './set-field.lua.js';
import { WRITE_LUA } from './write.lua.js';

/** Stores a value. */
export const WRITE: StoreScript<void> = { name: 'SET', source: WRITE_LUA, keys: 2, parse: () => undefined };

/** Removes a key. Returns whether it existed, as 1 or 0. */
export const REMOVE: StoreScript<number> = {
  name: 'UNLINK',
  source: REMOVE_LUA,
  keys: 2,
  effect: 'unlink',
  kind: 'delete',
  parse: toInteger,
};

/** Removes keys of one node. Returns how many existed. */
export const REMOVE_MANY: StoreScript<number> = {
  name: 'UNLINK',
  source: REMOVE_MANY_LUA,
  keys: 2,
  effect: 'unlink',
  kind: 'delete',
  parse: toInteger,
};

/** Adds to a counter. Returns the new count. */
export const COUNT_ENTRY: StoreScript<number> = {
  name: 'INCR',
  source: COUNT_ENTRY_LUA,
  keys: 2,
  parse: (reply) => Number(String(reply)),
};

/** Sets a field of a hash. */
export const SET_FIELD: StoreScript<void> = { name: 'HSET', source: SET_FIELD_LUA, keys: 2, parse: () => undefined };

/** Removes fields of a hash. Returns how many existed. */
export const REMOVE_FIELDS: StoreScript<number> = {
  name: 'HDEL',
  source: REMOVE_FIELDS_LUA,
  keys: 2,
  effect: 'unlink',
  parse: toInteger,
};

/** Sets the time to live of a key. Returns whether it exists. */
export const EXPIRE_KEY: StoreScript<boolean> = {
  name: 'EXPIRE',
  source: EXPIRE_KEY_LUA,
  keys: 2,
  effect: 'unlink',
  parse: (reply) => reply === 1,
};

/** Compare and set of a value. Returns whether it was replaced. */
export const REPLACE_ENTRY: StoreScript<boolean> = {
  name: 'REPLACE',
  source: REPLACE_ENTRY_LUA,
  keys: 2,
  parse: (reply) => reply === 1,
};
