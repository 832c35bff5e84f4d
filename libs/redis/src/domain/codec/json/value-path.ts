import { isCodecCode } from '../../../common/error-codes.js';
import { RedisInfraError } from '../../../common/redis-infra.error.js';

/** One step into a value: a member's name, or an index. */
export type Step = string | number;

/** Creates the error of a value that cannot be stored, with the path inside the value. */
export function unserializable(path: readonly Step[], what: string): RedisInfraError {
  const where = formatPath(path);
  return new RedisInfraError('CODEC_SERIALIZE', `the value cannot be stored: ${where} is ${what}`, {
    context: { path: where },
  });
}

/**
 * Creates the error of a getter or proxy that throws only on a second read. Its own error may quote the value and is
 * not passed on.
 */
export function unreadable(): RedisInfraError {
  return unserializable([], 'or contains a getter or proxy that throws');
}

/**
 * True for an error of the codec itself. All other errors come from application code, even if they are a
 * RedisInfraError.
 */
export function isCodecError(error: unknown): error is RedisInfraError {
  return error instanceof RedisInfraError && isCodecCode(error.code);
}

function formatPath(path: readonly Step[]): string {
  return path.reduce<string>((text, step) => text + (typeof step === 'number' ? `[${step}]` : `.${step}`), '$');
}
