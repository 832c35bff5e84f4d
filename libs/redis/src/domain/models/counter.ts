import { optionInvalid } from '../../common/options.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';

/**
 * The largest count, either way. It stays a little below Number.MAX_SAFE_INTEGER, because ioredis 6.0.0 decodes some
 * integers just under that one too high.
 */
export const MAX_COUNT = Number.MAX_SAFE_INTEGER - 1023;

/** @throws RedisInfraError OPTION_INVALID unless it is a whole number that a counter can hold. */
export function checkAmount(amount: unknown): asserts amount is number {
  if (typeof amount !== 'number' || !Number.isInteger(amount) || Math.abs(amount) > MAX_COUNT) {
    throw optionInvalid('amount', `must be a whole number from -${MAX_COUNT} to ${MAX_COUNT}`);
  }
}

/** The error of an `incr` whose result no counter can hold; the counter stays as it was. */
export function countTooLarge(): RedisInfraError {
  return new RedisInfraError(
    'COMMAND_FAILED',
    `incr: the count would go beyond ±${MAX_COUNT}; the counter was left as it is`,
    {
      outcome: 'not-executed',
      retryable: false,
    },
  );
}

/** The error of a command for one type on a key that holds another. */
export function wrongType(command: string, expected: string): RedisInfraError {
  return new RedisInfraError(
    'WRONG_TYPE',
    `${command}: the key holds something else than ${expected}; the key was left as it is`,
    {
      outcome: 'not-executed',
      context: { command },
    },
  );
}
