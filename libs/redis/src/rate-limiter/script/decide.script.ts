import type { ScriptDefinition } from '../../domain/cache-store.js';
import type { DecideReply, LimiterCall, SubjectCalls } from '../policy/limiter-call.js';
import { DECIDE_LUA } from './decide.lua.js';
import { readReply, writeReply } from './decide.reply.js';
import { readRequest } from './decide.request.js';
import { decideInMemory } from './decide.twin.js';

/** The script that decides the calls of one request, all at the same moment of the server clock. */
export const DECIDE: ScriptDefinition<DecideReply> = {
  name: 'RATELIMIT',
  source: DECIDE_LUA,
  keys: 1,
  parse: (reply) => readReply(reply as Buffer),
  twin: (memory, keys, [notAfterUs, request]) =>
    writeReply(decideInMemory(memory, keys, readRequest(request as Buffer, keys.length), Number(notAfterUs))),
};

/** Decide.lua has fast paths for the most common requests; `any` is the general path. All have the same results. */
export type FastPath = 'one' | 'gcra' | 'any';

/** Selects the fastest path that can decide these calls. */
export function selectFastPath(subjects: readonly SubjectCalls[]): FastPath {
  if (!subjects.every(isSingleConsume)) return 'any';
  return subjects.length === 1 && subjects[0]?.calls[0]?.plan.length === 1 ? 'one' : 'gcra';
}

function isSingleConsume({ calls }: SubjectCalls): boolean {
  const [call] = calls;
  return call !== undefined && calls.length === 1 && isGcraConsume(call);
}

function isGcraConsume({ operation, plan }: LimiterCall): boolean {
  return operation === 'consume' && plan.every(({ algorithm }) => algorithm === 'gcra');
}
