import type { RedisInfraError } from '../../../common/redis-infra.error.js';
import { classify, type FailureClass } from '../circuit/failure-class.js';

/** Whether a command can be executed twice: a read and a delete can without harm, another write cannot. */
export type CommandKind = 'read' | 'delete' | 'write';

/** Failures that may be over within the deadline. */
const TEMPORARY: ReadonlySet<FailureClass> = new Set(['hard', 'soft', 'not-serving', 'not-writing', 'moving']);

const MIN_DELAY_MS = 10;
const MAX_DELAY_MS = 100;

/** Whether a command that failed with `error` can be sent again without harm, and may succeed then. */
export function mayRepeat(kind: CommandKind, error: RedisInfraError): boolean {
  if (!error.retryable || !TEMPORARY.has(classify(error))) return false;
  return kind !== 'write' || error.outcome === 'not-sent' || error.outcome === 'not-executed';
}

/**
 * The delay before a retry in milliseconds: random, so that commands that failed together are not repeated together.
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function retryDelayMs(random: () => number): number {
  return MIN_DELAY_MS + Math.floor(random() * (MAX_DELAY_MS - MIN_DELAY_MS + 1));
}
