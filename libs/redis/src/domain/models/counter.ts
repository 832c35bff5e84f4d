import { optionInvalid } from '../../common/options.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';

/**
 * The maximum absolute count. It is slightly below Number.MAX_SAFE_INTEGER, because ioredis 6.0.0 decodes some integers
 * just below that as larger ones.
 */
export const MAX_COUNT = Number.MAX_SAFE_INTEGER - 1023;

/** Checks that the amount is an integer that a counter can hold. @throws RedisInfraError OPTION_INVALID */
export function checkAmount(amount: unknown): asserts amount is number {
  if (typeof amount !== 'number' || !Number.isInteger(amount) || Math.abs(amount) > MAX_COUNT) {
    throw optionInvalid('amount', `must be a whole number from -${MAX_COUNT} to ${MAX_COUNT}`);
  }
}

/** Creates the error of an `incr` whose result is out of range. The counter does not change. */
export function countTooLarge(): RedisInfraError {
  return new RedisInfraError(
    'COMMAND_FAILED',
    `incr: the count would exceed ±${MAX_COUNT}; the counter was not changed`,
    {
      outcome: 'not-executed',
      retryable: false,
    },
  );
}

/** Creates the error of a command on a key that holds another type. */
export function wrongType(command: string, expected: string): RedisInfraError {
  return new RedisInfraError('WRONG_TYPE', `${command}: the key does not hold ${expected}; it was not changed`, {
    outcome: 'not-executed',
    context: { command },
  });
}
