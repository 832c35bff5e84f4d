import type { ErrorCode } from '../common/error-codes.js';
import { RedisInfraError } from '../common/redis-infra.error.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { UsageError } from './usage.error.js';

/** Why a command ended without its result. */
export interface Failure {
  readonly exitCode: ExitCode;
  readonly code: ErrorCode | 'USAGE' | 'ERROR';
  readonly message: string;
}

const USAGE_CODES: readonly ErrorCode[] = ['OPTION_INVALID', 'KEY_INVALID', 'VALUE_INVALID', 'UNSUPPORTED'];
const UNREACHABLE_CODES: readonly ErrorCode[] = [
  'CONNECTION_FAILED',
  'DEADLINE_EXCEEDED',
  'CIRCUIT_OPEN',
  'OVERLOADED',
  'LIMITER_UNAVAILABLE',
];

/** The exit code and the message for an error. Messages of this package contain no value, key or secret. */
export function failureOf(error: unknown): Failure {
  if (error instanceof UsageError) return { exitCode: EXIT.usage, code: 'USAGE', message: error.message };
  if (error instanceof RedisInfraError) {
    const { code, message } = error;
    return { exitCode: exitCodeOf(code), code, message };
  }
  return { exitCode: EXIT.error, code: 'ERROR', message: error instanceof Error ? error.message : 'unknown error' };
}

function exitCodeOf(code: ErrorCode): ExitCode {
  if (USAGE_CODES.includes(code)) return EXIT.usage;
  return UNREACHABLE_CODES.includes(code) ? EXIT.unreachable : EXIT.error;
}
