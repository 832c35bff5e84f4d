import { faultOf } from '../../common/error-codes.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import type { StoredRead } from '../../domain/entry-store.js';
import type { Decoded } from '../../domain/value-codec.js';

/** A stored value, or why its bytes cannot be read. */
export type DecodedRead<T> = Pick<StoredRead<T>, 'stored' | 'unreadable'>;

/** Decodes a stored value. Bytes that the codec refuses are reported; any other error is thrown. */
export function decodeRead<T>(
  decode: () => Decoded<T> | Promise<Decoded<T>>,
): DecodedRead<T> | Promise<DecodedRead<T>> {
  try {
    const decoded = decode();
    return decoded instanceof Promise ? decoded.then(readable, unreadable) : readable(decoded);
  } catch (error) {
    return unreadable(error);
  }
}

function readable<T>(stored: Decoded<T>): DecodedRead<T> {
  return { stored, unreadable: undefined };
}

function unreadable(error: unknown): DecodedRead<never> {
  if (!(error instanceof RedisInfraError)) throw error;
  const fault = faultOf(error);
  if (fault !== 'value' && fault !== 'key-provider') throw error;
  return { stored: undefined, unreadable: error };
}
