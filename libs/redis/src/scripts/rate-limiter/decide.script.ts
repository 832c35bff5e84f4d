import type { ScriptDefinition } from '../../domain/cache-store.js';
import type { DecideReply } from './decide.calls.js';
import { DECIDE_LUA } from './decide.lua.js';
import { readReply, writeReply } from './decide.reply.js';
import { readRequest } from './decide.request.js';
import { decideInMemory } from './decide.twin.js';

/** Decides calls on rate limits, all of one request at one moment. */
export const DECIDE: ScriptDefinition<DecideReply> = {
  name: 'RATELIMIT',
  source: DECIDE_LUA,
  keys: 1,
  parse: (reply) => readReply(reply as Buffer),
  twin: (memory, keys, [notAfterUs, request]) =>
    writeReply(decideInMemory(memory, keys, readRequest(request as Buffer, keys.length), Number(notAfterUs))),
};
