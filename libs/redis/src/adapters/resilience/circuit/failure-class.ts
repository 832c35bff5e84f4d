import type { CodeByFault, ErrorCode } from '../../../common/error-codes.js';
import type { RedisInfraError } from '../../../common/redis-infra.error.js';
import { REPLIES, replyRow, type FailureClass } from '../../errors/reply-table.js';

/** The class of an error, or the part of the error that decides it. */
type Rule = FailureClass | 'by reply' | 'by outcome';

const STORE_RULES = {
  CONNECTION_FAILED: 'by outcome',
  DEADLINE_EXCEEDED: 'soft',
  COMMAND_FAILED: 'by reply',
  READ_ONLY: REPLIES.READONLY.failureClass,
  OUT_OF_MEMORY: REPLIES.OOM.failureClass,
  // Refused by this process: the node did not get the command.
  CIRCUIT_OPEN: 'caller',
  OVERLOADED: 'caller',
  LIMITER_UNAVAILABLE: 'caller',
  UNSUPPORTED_WHILE_DOWN: 'caller',
  // A file of this process: no command was involved.
  JOURNAL_FAILED: 'caller',
} as const satisfies Record<CodeByFault<'store'>, Rule>;

const RULES: Readonly<Partial<Record<ErrorCode, Rule>>> = STORE_RULES;

/** The class of a failure. */
export function classify(error: RedisInfraError): FailureClass {
  const rule = RULES[error.code] ?? 'caller';
  if (rule === 'by reply') return replyRow(String(error.context.reply)).failureClass;
  return rule === 'by outcome' ? connectionClass(error) : rule;
}

function connectionClass({ context, retryable, outcome }: RedisInfraError): FailureClass {
  if (context.reason !== undefined && !retryable) return 'configuration';
  return outcome === 'unknown' ? 'soft' : 'hard';
}
