import type { RedisInfraError } from '../../../common/redis-infra.error.js';

/**
 * What a failure says of the node:
 * - `hard`: it cannot be reached; `soft`: no answer came, this time;
 * - `not-serving`: it answers that it serves nobody now; `not-writing`: that it takes no writes now;
 * - `moving`: keys of the call are on two nodes, or on none that is known, for a moment; the node is well;
 * - `configuration`: it will not have us, and no waiting mends it;
 * - `caller`: the call was wrong, the node is well.
 */
export type FailureClass = 'hard' | 'soft' | 'not-serving' | 'not-writing' | 'moving' | 'configuration' | 'caller';

/** By the first word of the answer. @see https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors */
const REPLIES: Readonly<Record<string, FailureClass>> = {
  LOADING: 'not-serving',
  BUSY: 'not-serving',
  MASTERDOWN: 'not-serving',
  CLUSTERDOWN: 'not-serving',
  TRYAGAIN: 'moving',
  MOVED: 'moving',
  ASK: 'moving',
  NOREPLICAS: 'not-writing',
  MISCONF: 'not-writing',
  NOAUTH: 'configuration',
  WRONGPASS: 'configuration',
  NOPERM: 'configuration',
};

/** What a call's failure says of the node it went to. */
export function classify(error: RedisInfraError): FailureClass {
  switch (error.code) {
    case 'DEADLINE_EXCEEDED':
      return 'soft';
    case 'CONNECTION_FAILED':
      if (error.context.reason !== undefined && !error.retryable) return 'configuration';
      return error.outcome === 'unknown' ? 'soft' : 'hard';
    case 'READ_ONLY':
    case 'OUT_OF_MEMORY':
      return 'not-writing';
    default:
      return REPLIES[String(error.context.reply)] ?? 'caller';
  }
}
