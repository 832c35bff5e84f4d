import { RedisInfraError } from '../../../common/redis-infra.error.js';

/** The most objects of a value, counted wherever they are met, and the most items of an array. */
export const MAX_PARTS = 2 ** 24;

/** The most bytes of JSON that a string of Node.js can hold, and Redis as well. */
export const MAX_JSON_BYTES = 512 * 1024 ** 2;

/** The error for a value that would take more than so many bytes, found out before it was written. */
export function tooLargeToWrite(limit: number): RedisInfraError {
  return new RedisInfraError(
    'CODEC_TOO_LARGE',
    `the value is too large to be written: it takes more than ${limit} bytes`,
    {
      context: { limit },
    },
  );
}

/** The error for a value of too many parts. */
export function tooManyParts(): RedisInfraError {
  return new RedisInfraError('CODEC_TOO_LARGE', 'the value is too large to be written: it has too many parts');
}
