import { RedisInfraError } from '../../common/redis-infra.error.js';

/**
 * The error of a call after several attempts: the one with the least certain outcome.
 * @param mayHaveRun the error of an attempt that the server may have executed. It takes precedence over a last attempt
 * that was not executed.
 */
export function leastCertain(mayHaveRun: RedisInfraError | undefined, last: RedisInfraError): RedisInfraError {
  const isCertain = last.outcome === 'not-sent' || last.outcome === 'not-executed';
  return isCertain && mayHaveRun !== undefined ? mayHaveRun : last;
}

/**
 * The results of all commands of one call.
 * @throws the first error with an unknown outcome, or else the first error
 */
export async function allOrLeastCertain<T>(commands: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(commands);
  const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  if (errors.length > 0) throw errors.find(isUnknown) ?? errors[0];
  return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}

function isUnknown(error: unknown): boolean {
  return error instanceof RedisInfraError && error.outcome === 'unknown';
}
