import type { ScriptDefinition } from '../../domain/cache-store.js';
import type { DecideReply, LimiterCall, SubjectCalls } from '../policy/limiter-call.js';
import type { CompiledPolicy } from '../policy/compiled-policy.js';
import { encodedPart } from '../policy/encoded-part.js';
import { DECIDE_LUA } from './decide.lua.js';
import { readReply, writeReply } from './decide.reply.js';
import { readRequest } from './decide.request.js';
import { decideInMemory } from './decide.twin.js';

/** The script that decides the calls of one request, all at the same moment of the server clock. */
export const DECIDE: ScriptDefinition<DecideReply> = {
  name: 'RATELIMIT',
  source: DECIDE_LUA,
  keys: 1,
  parse: (reply) => readReply(bufferOf(reply)),
  twin: (memory, keys, [notAfterUs, request]) =>
    writeReply(decideInMemory(memory, keys, readRequest(bufferOf(request), keys.length), Number(notAfterUs))),
};

function bufferOf(bytes: unknown): Buffer {
  return encodedPart(Buffer.isBuffer(bytes) ? bytes : undefined);
}

/**
 * The path through decide.lua: `gcra` is a fast path for the most common requests, `any` decides all. Both have the
 * same results.
 */
export type DecidePath = 'gcra' | 'any';

/** The fast path, if it can decide these calls: one consume call per subject, all under one GCRA policy. */
export function selectPath(subjects: readonly SubjectCalls[]): DecidePath {
  const [policy] = subjects[0]?.calls[0]?.plan ?? [];
  return policy?.algorithm === 'gcra' && subjects.every(({ calls }) => isOneConsume(calls, policy)) ? 'gcra' : 'any';
}

function isOneConsume([call, ...more]: readonly LimiterCall[], policy: CompiledPolicy): boolean {
  return call?.operation === 'consume' && call.plan.length === 1 && call.plan[0] === policy && more.length === 0;
}
