import { RedisInfraError } from '../../../common/redis-infra.error.js';

/** One step into a value: a member's name, or an index. */
export type Step = string | number;

/** The error for a value that cannot be stored, naming where in it. */
export function unserializable(path: readonly Step[], what: string): RedisInfraError {
  const where = formatPath(path);
  return new RedisInfraError('CODEC_SERIALIZE', `the value cannot be stored: ${where} is ${what}`, {
    context: { path: where },
  });
}

/** The error for a value with a getter, or a proxy, that throws only when it is read again. What it throws may quote the value. */
export function unreadable(): RedisInfraError {
  return unserializable([], 'or holds something that throws when it is read');
}

/** True for an error of the codec itself. Any other one came from the application's own code, also if it has the class of this package's. */
export function isCodecError(error: unknown): error is RedisInfraError {
  return error instanceof RedisInfraError && error.code.startsWith('CODEC_');
}

function formatPath(path: readonly Step[]): string {
  return path.reduce<string>((text, step) => text + (typeof step === 'number' ? `[${step}]` : `.${step}`), '$');
}
