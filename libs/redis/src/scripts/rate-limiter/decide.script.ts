import type { ScriptDefinition } from '../../domain/cache-store.js';
import type { DecideReply, LimiterCall, SubjectCalls } from './decide.calls.js';
import { DECIDE_GCRA_LUA } from './decide-gcra.lua.js';
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

/** The same in less time, for what most calls are. */
export const DECIDE_GCRA: ScriptDefinition<DecideReply> = { ...DECIDE, source: DECIDE_GCRA_LUA };

/** The script that decides these calls soonest. */
export function scriptFor(subjects: readonly SubjectCalls[]): ScriptDefinition<DecideReply> {
  return subjects.every(isPlain) ? DECIDE_GCRA : DECIDE;
}

function isPlain({ calls }: SubjectCalls): boolean {
  const [call] = calls;
  return calls.length === 1 && isSpending(call as LimiterCall);
}

function isSpending({ operation, plan }: LimiterCall): boolean {
  return operation === 'consume' && plan.every(({ algorithm }) => algorithm === 'gcra');
}
