import { isCount } from '../../../domain/codec/plain-count.js';
import type { Decoded, EntryMeta, ValuePlace } from '../../../domain/value-codec.js';
import type { Clock } from '../../../common/clock.js';
import type { CallContext } from '../../calls/call-context.js';
import type { CommandChannel } from '../../sending/command-channel.js';

/**
 * Encodes and decodes the values of a `RedisStore`. An asynchronous codec takes at most the time that the call has
 * left.
 */
export class ValueIO {
  constructor(
    private readonly channel: CommandChannel,
    private readonly clock: Clock,
  ) {}

  /**
   * Encodes a value that is about to be stored.
   * @param ttlMs the time to live in milliseconds; undefined never expires, or keeps that of the key
   * @throws RedisInfraError CODEC_SERIALIZE, CODEC_TOO_LARGE, CODEC_KEY_PROVIDER
   */
  encode(value: unknown, place: ValuePlace, ttlMs: number | undefined, context: CallContext): Buffer | Promise<Buffer> {
    const { bindExpiry, counts } = context.codec.policy;
    // A counter is stored as plain text, which has no room for a sealed expiry.
    const isBound = bindExpiry && ttlMs !== undefined && !(counts && isCount(value));
    return this.encodeWith(value, place, isBound ? { expires: this.clock.wallMs() + ttlMs } : undefined, context);
  }

  /** Encodes a value with this meta. */
  encodeWith(
    value: unknown,
    place: ValuePlace,
    meta: EntryMeta | undefined,
    context: CallContext,
  ): Buffer | Promise<Buffer> {
    const bytes = context.codec.encode(value, place, meta);
    return bytes instanceof Promise
      ? this.channel.encoding(place.field === undefined ? 'SET' : 'HSET', bytes, context)
      : bytes;
  }

  /** Decodes stored bytes with their meta. @throws RedisInfraError `CODEC_…` if they are unreadable */
  async decodeWithMeta(bytes: Buffer, place: ValuePlace, context: CallContext): Promise<Decoded<unknown>> {
    const decoded = context.codec.decode(bytes, place);
    return decoded instanceof Promise ? this.channel.decoding('GET', decoded, context) : decoded;
  }
}
