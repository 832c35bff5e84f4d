import { RedisInfraError } from '../../common/redis-infra.error.js';

/** One step into a value: a member's name, or an index. */
export type Step = string | number;

/** The error for a value that cannot be stored, naming where in it. */
export function unserializable(path: readonly Step[], what: string): RedisInfraError {
  const where = formatPath(path);
  return new RedisInfraError('CODEC_SERIALIZE', `the value cannot be stored: ${where} is ${what}`, {
    context: { path: where },
  });
}

function formatPath(path: readonly Step[]): string {
  return path.reduce<string>((text, step) => text + (typeof step === 'number' ? `[${step}]` : `.${step}`), '$');
}
