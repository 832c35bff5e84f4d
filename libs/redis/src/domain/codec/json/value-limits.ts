import { RedisInfraError } from '../../../common/redis-infra.error.js';

/** The maximum number of objects of a value, counted at every reference, and of items of an array. */
export const MAX_PARTS = 2 ** 24;

/** The maximum size of JSON text in bytes: the limit of a Node.js string and of a Redis value. */
export const MAX_JSON_BYTES = 512 * 1024 ** 2;

/** Creates the error of a value that would exceed the limit, before it is serialised. */
export function tooLargeToWrite(limit: number): RedisInfraError {
  return new RedisInfraError(
    'CODEC_TOO_LARGE',
    `the value is too large to be written: it takes more than ${limit} bytes`,
    {
      context: { limit },
    },
  );
}

/** Creates the error of a value with too many parts. */
export function tooManyParts(): RedisInfraError {
  return new RedisInfraError('CODEC_TOO_LARGE', 'the value is too large to be written: it has too many parts');
}
