import type { ScriptDefinition } from '../../../domain/cache-store.js';
import { STAMP_LUA } from './stamp.lua.js';

/** What a shard carried when it was to be stamped. */
export type StampReply =
  /** The own stamp. */
  | { readonly kind: 'own' }
  /** Nothing, or the stamp that was to be replaced: it carries the own stamp from now on. */
  | { readonly kind: 'stamped' }
  /** Another stamp, which it still carries. */
  | { readonly kind: 'other'; readonly text: string };

/** SET NX of a stamp that returns the stamp it finds. */
export const STAMP: ScriptDefinition<StampReply> = {
  name: 'STAMP',
  source: STAMP_LUA,
  keys: 1,
  parse: (reply) => {
    if (Buffer.isBuffer(reply)) return { kind: 'other', text: reply.toString() };
    return { kind: Number(reply) === 1 ? 'own' : 'stamped' };
  },
};
