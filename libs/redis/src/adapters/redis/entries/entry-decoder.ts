import { RedisInfraError } from '../../../common/redis-infra.error.js';
import { chain } from '../../../domain/codec/maybe-promise.js';
import type { StoredRead } from '../../../domain/entry-store.js';
import type { Decoded } from '../../../domain/value-codec.js';
import type { CallContext } from '../../calls/call-context.js';
import type { ValueReader } from '../values/value-reader.js';

/** The part of a read that the stored bytes determine. */
export type DecodedRead<T> = Omit<StoredRead<T>, 'nowMs'>;

/** The result of a read of an absent key. */
export const ABSENT: DecodedRead<never> = Object.freeze({
  stored: undefined,
  unreadable: undefined,
  bytes: undefined,
  encoded: undefined,
});

/** Decodes the values of reads. Bytes that the codec refuses are reported in the result. */
export class EntryDecoder {
  constructor(private readonly reader: ValueReader) {}

  /** Returns a promise only if the codec is asynchronous. */
  decode<T>(bytes: Buffer | undefined, key: string, context: CallContext): DecodedRead<T> | Promise<DecodedRead<T>> {
    if (bytes === undefined) return ABSENT;
    try {
      const decoded = this.reader.decode<T>(bytes, { key }, context);
      const { bindExpiry } = context.codec.policy;
      if (!(decoded instanceof Promise)) return readOf(decoded, bytes, bindExpiry);
      return decoded.then(
        (stored) => readOf(stored, bytes, bindExpiry),
        (error: unknown) => unreadable(error, bytes),
      );
    } catch (error) {
      return unreadable(error, bytes);
    }
  }

  /**
   * Decodes the bytes of an earlier read. They are not sealed again, because the key may have changed since.
   * @throws RedisInfraError `CODEC_…`
   */
  decodeAgain<T>(bytes: Buffer, key: string, { codec }: CallContext): Decoded<T> | Promise<Decoded<T>> {
    const { bindExpiry } = codec.policy;
    return chain(codec.decode<T>(bytes, { key }), (stored) => withoutSealedExpiry(stored, bindExpiry));
  }
}

function readOf<T>(stored: Decoded<T>, bytes: Buffer, bindExpiry: boolean): DecodedRead<T> {
  const { length } = bytes;
  return { stored: withoutSealedExpiry(stored, bindExpiry), unreadable: undefined, bytes: length, encoded: bytes };
}

/** A plain value has no meta, except for the expiry that is sealed with it. */
function withoutSealedExpiry<T>(stored: Decoded<T>, bindExpiry: boolean): Decoded<T> {
  const { meta } = stored;
  const isPlain = bindExpiry && meta !== undefined && Object.keys(meta).every((name) => name === 'expires');
  return isPlain ? { ...stored, meta: undefined } : stored;
}

/** @throws the error if it is not about the stored bytes */
function unreadable(error: unknown, bytes: Buffer): DecodedRead<never> {
  if (!(error instanceof RedisInfraError && error.code.startsWith('CODEC_'))) throw error;
  return { stored: undefined, unreadable: error, bytes: bytes.length, encoded: bytes };
}
