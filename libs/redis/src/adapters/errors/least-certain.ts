import { RedisInfraError } from '../../common/redis-infra.error.js';

/**
 * The error of a call after several attempts: that of the least certain one. `mayHaveRun` is how an attempt failed that the server may
 * have carried out; that the last one was refused, or not sent, does not undo it.
 */
export function leastCertain(mayHaveRun: RedisInfraError | undefined, last: RedisInfraError): RedisInfraError {
  const isCertain = last.outcome === 'not-sent' || last.outcome === 'not-executed';
  return isCertain && mayHaveRun !== undefined ? mayHaveRun : last;
}

/**
 * The results of all commands of one call. @throws the first of their errors; or, where another command may have been carried out
 * without an answer, its error
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
