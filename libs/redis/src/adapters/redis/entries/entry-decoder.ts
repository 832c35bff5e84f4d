import { RedisInfraError } from '../../../common/redis-infra.error.js';
import type { StoredRead } from '../../../domain/entry-store.js';
import type { Decoded } from '../../../domain/value-codec.js';
import type { CallContext } from '../../calls/call-context.js';
import type { ValueReader } from '../values/value-reader.js';

/** The part of a read that the stored bytes determine. */
export type DecodedRead<T> = Omit<StoredRead<T>, 'nowMs'>;

/** The result of a read of an absent key. */
export const ABSENT: DecodedRead<never> = Object.freeze({ stored: undefined, unreadable: undefined, bytes: undefined });

/** Decodes the values of reads. Bytes that the codec refuses are reported in the result. */
export class EntryDecoder {
  constructor(private readonly reader: ValueReader) {}

  /** Returns a promise only if the codec is asynchronous. */
  decode<T>(bytes: Buffer | undefined, key: string, context: CallContext): DecodedRead<T> | Promise<DecodedRead<T>> {
    if (bytes === undefined) return ABSENT;
    try {
      const decoded = this.reader.decode<T>(bytes, { key }, context);
      const { bindExpiry } = context.codec.policy;
      if (!(decoded instanceof Promise)) return readOf(decoded, bytes.length, bindExpiry);
      return decoded.then(
        (stored) => readOf(stored, bytes.length, bindExpiry),
        (error: unknown) => unreadable(error, bytes.length),
      );
    } catch (error) {
      return unreadable(error, bytes.length);
    }
  }
}

/** A plain value has no meta, except for the expiry that is sealed with it. */
function readOf<T>(stored: Decoded<T>, bytes: number, bindExpiry: boolean): DecodedRead<T> {
  const { meta } = stored;
  const isPlain = bindExpiry && meta !== undefined && Object.keys(meta).every((name) => name === 'expires');
  return { stored: isPlain ? { ...stored, meta: undefined } : stored, unreadable: undefined, bytes };
}

/** @throws the error if it is not about the stored bytes */
function unreadable(error: unknown, bytes: number): DecodedRead<never> {
  if (!(error instanceof RedisInfraError && error.code.startsWith('CODEC_'))) throw error;
  return { stored: undefined, unreadable: error, bytes };
}
