import type { RedisInfraError } from '../../../common/redis-infra.error.js';

/**
 * What a failure shows about the node:
 * - `hard`: it cannot be reached; `soft`: one answer is missing;
 * - `not-serving`: it refuses all commands now; `not-writing`: it refuses writes now;
 * - `moving`: the keys of the call are moving between nodes; the node is healthy;
 * - `configuration`: it refuses us until a setting changes;
 * - `caller`: the call was invalid; the node is healthy.
 */
export type FailureClass = 'hard' | 'soft' | 'not-serving' | 'not-writing' | 'moving' | 'configuration' | 'caller';

/** The classes of error replies, by their first word. @see https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors */
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

/** The class of a failure. */
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
