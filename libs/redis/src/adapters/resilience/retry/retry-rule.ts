import type { RedisInfraError } from '../../../common/redis-infra.error.js';
import type { FailureClass } from '../../errors/reply-table.js';
import { classify } from '../circuit/failure-class.js';

/** Whether a command can be executed twice: a read and a delete can without harm, another write cannot. */
export type CommandKind = 'read' | 'delete' | 'write';

/** Whether a failure of a class may be over within the deadline. */
const IS_TEMPORARY = {
  hard: true,
  soft: true,
  'not-serving': true,
  'not-writing': true,
  moving: true,
  configuration: false,
  caller: false,
} as const satisfies Record<FailureClass, boolean>;

const MIN_DELAY_MS = 10;
const MAX_DELAY_MS = 100;

/** Whether a command that failed with `error` can be sent again without harm, and may succeed then. */
export function mayRepeat(kind: CommandKind, error: RedisInfraError): boolean {
  if (!error.retryable || !IS_TEMPORARY[classify(error)]) return false;
  return kind !== 'write' || error.outcome === 'not-sent' || error.outcome === 'not-executed';
}

/**
 * The delay before a retry in milliseconds: random, so that commands that failed together are not repeated together.
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function retryDelayMs(random: () => number): number {
  return MIN_DELAY_MS + Math.floor(random() * (MAX_DELAY_MS - MIN_DELAY_MS + 1));
}
