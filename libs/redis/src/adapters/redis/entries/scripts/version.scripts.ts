import type { StoreScript } from '../../../sending/script-command.js';
import { toArray, toBuffers, toInteger } from '../../commands/replies.js';
import { CREATE_TABLES_LUA } from './create-tables.lua.js';
import { END_SWEEP_LUA } from './end-sweep.lua.js';
import { INVALIDATE_TAGS_LUA } from './invalidate-tags.lua.js';
import { RAISE_FLOOR_ONCE_LUA } from './raise-floor-once.lua.js';
import { RAISE_FLOOR_LUA } from './raise-floor.lua.js';
import { SWEEP_KEYS_LUA } from './sweep-keys.lua.js';
import { TAG_VERSIONS_LUA } from './tag-versions.lua.js';

/** Creates the missing tables of a scope. Returns all tables. */
export const CREATE_TABLES: StoreScript<readonly Buffer[]> = {
  name: 'VERSIONS',
  source: CREATE_TABLES_LUA,
  keys: 2,
  effect: 'unlink',
  kind: 'delete',
  parse: toBuffers,
};

/** Raises the floor of the own table. Returns all tables. A second run raises it further. */
export const RAISE_FLOOR: StoreScript<readonly Buffer[]> = {
  name: 'FLUSH',
  source: RAISE_FLOOR_LUA,
  keys: 2,
  effect: 'unlink',
  kind: 'delete',
  parse: toBuffers,
};

/** Raises the floor of the own table for an event. Returns all tables; none if it was raised for the event before. */
export const RAISE_FLOOR_ONCE: StoreScript<readonly Buffer[]> = {
  name: 'FLUSH',
  source: RAISE_FLOOR_ONCE_LUA,
  keys: 2,
  effect: 'unlink',
  kind: 'delete',
  parse: toBuffers,
};

/** Invalidates tags. Returns all tables. A second run invalidates them again. */
export const INVALIDATE_TAGS: StoreScript<readonly Buffer[]> = {
  name: 'INVALIDATE',
  source: INVALIDATE_TAGS_LUA,
  keys: 2,
  effect: 'unlink',
  kind: 'delete',
  parse: toBuffers,
};

/** Reads the table of a namespace and fields of its tag versions. */
export const TAG_VERSIONS: StoreScript<readonly unknown[]> = {
  name: 'TAGS',
  source: TAG_VERSIONS_LUA,
  keys: 2,
  kind: 'read',
  parse: toArray,
};

/** Removes those of the keys that a flush invalidated. Returns how many. */
export const SWEEP_KEYS: StoreScript<number> = {
  name: 'SWEEP',
  source: SWEEP_KEYS_LUA,
  keys: 1,
  effect: 'unlink',
  parse: toInteger,
};

/** Records that a flush has removed everything that it invalidated. */
export const END_SWEEP: StoreScript<void> = {
  name: 'SWEEP',
  source: END_SWEEP_LUA,
  keys: 1,
  effect: 'unlink',
  kind: 'delete',
  parse: () => undefined,
};
