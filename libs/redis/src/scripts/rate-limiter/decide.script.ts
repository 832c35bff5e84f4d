import type { ScriptDefinition } from '../../domain/cache-store.js';
import type { DecideReply, LimiterCall, SubjectCalls } from './decide.calls.js';
import { DECIDE_GCRA_LUA } from './decide-gcra.lua.js';
import { DECIDE_ONE_LUA } from './decide-one.lua.js';
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

/** The same in less time, for what most calls are: they spend under policies of GCRA, one call for each key. */
export const DECIDE_GCRA: ScriptDefinition<DecideReply> = { ...DECIDE, source: DECIDE_GCRA_LUA };

/** The same in least time, for one such call under one policy. */
export const DECIDE_ONE: ScriptDefinition<DecideReply> = { ...DECIDE, source: DECIDE_ONE_LUA };

/** The script that decides these calls soonest. */
export function scriptFor(subjects: readonly SubjectCalls[]): ScriptDefinition<DecideReply> {
  if (!subjects.every(isPlain)) return DECIDE;
  return subjects.length === 1 && subjects[0]?.calls[0]?.plan.length === 1 ? DECIDE_ONE : DECIDE_GCRA;
}

function isPlain({ calls }: SubjectCalls): boolean {
  const [call] = calls;
  return call !== undefined && calls.length === 1 && isSpending(call);
}

function isSpending({ operation, plan }: LimiterCall): boolean {
  return operation === 'consume' && plan.every(({ algorithm }) => algorithm === 'gcra');
}
