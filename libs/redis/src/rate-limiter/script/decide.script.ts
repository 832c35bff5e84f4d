import type { ScriptDefinition } from '../../domain/cache-store.js';
import type { DecideReply, LimiterCall, SubjectCalls } from '../policy/decide.calls.js';
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

/** What is asked: decide.lua has shorter ways for what most calls are. */
export type FastPath = 'one' | 'gcra' | 'any';

/** The shortest way for these calls. */
export function selectFastPath(subjects: readonly SubjectCalls[]): FastPath {
  if (!subjects.every(isPlain)) return 'any';
  return subjects.length === 1 && subjects[0]?.calls[0]?.plan.length === 1 ? 'one' : 'gcra';
}

function isPlain({ calls }: SubjectCalls): boolean {
  const [call] = calls;
  return call !== undefined && calls.length === 1 && isSpending(call);
}

function isSpending({ operation, plan }: LimiterCall): boolean {
  return operation === 'consume' && plan.every(({ algorithm }) => algorithm === 'gcra');
}
