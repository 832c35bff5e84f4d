import type { RedisInfraError } from '../../../common/redis-infra.error.js';
import { classify, type FailureClass } from '../circuit/failure-class.js';

/** What running a command twice does: nothing for a read, nothing more for a delete, and who knows what for another write. */
export type CommandKind = 'read' | 'delete' | 'write';

/** Failures that may pass within the deadline. */
const PASSING: ReadonlySet<FailureClass> = new Set(['hard', 'soft', 'not-serving', 'not-writing', 'moving']);

const FIRST_MS = 10;
const MAX_DELAY_MS = 100;

/** Whether a command that failed so may be sent again without harm, and may then go better. */
export function mayRepeat(kind: CommandKind, error: RedisInfraError): boolean {
  if (!error.retryable || !PASSING.has(classify(error))) return false;
  return kind !== 'write' || error.outcome === 'not-sent' || error.outcome === 'not-executed';
}

/**
 * When it is sent again: at random, so that those who failed together do not come back together.
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function retryDelayMs(random: () => number): number {
  return FIRST_MS + Math.floor(random() * (MAX_DELAY_MS - FIRST_MS + 1));
}
