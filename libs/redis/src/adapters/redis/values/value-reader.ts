import type { Decoded, StoreCodec, ValuePlace } from '../../../domain/value-codec.js';
import type { CallContext } from '../../calls/call-context.js';
import type { CommandChannel } from '../../sending/command-channel.js';
import type { CallLimits } from '../../wire/pending-call.js';
import type { Resealing } from './resealing.js';

/** Turns replies into values. A value that is sealed with an older key is sealed again in the background. */
export class ValueReader {
  constructor(
    private readonly channel: CommandChannel,
    private readonly resealing: Resealing,
  ) {}

  /** Returns the value, or its promise if the codec is asynchronous. Not a method, because batches of reads keep it. */
  readonly read = <T>(bytes: Buffer, place: ValuePlace, context: CallContext): T | Promise<T> => {
    const decoded = this.decode<T>(bytes, place, context);
    return decoded instanceof Promise ? decoded.then(({ value }) => value) : decoded.value;
  };

  /** Like `read`, with what is stored with the value. */
  decode<T>(bytes: Buffer, place: ValuePlace, { codec }: CallContext): Decoded<T> | Promise<Decoded<T>> {
    const decoded = codec.decode<T>(bytes, place);
    return decoded instanceof Promise
      ? decoded.then((result) => this.checked(result, bytes, place, codec))
      : this.checked(decoded, bytes, place, codec);
  }

  /**
   * Like `read`, for a reply that is read outside a batch. `remaining` returns what is left of the limits of the call.
   */
  readBytes<T>(bytes: Buffer, place: ValuePlace, context: CallContext, remaining: () => CallLimits): T | Promise<T> {
    const value = this.read<T>(bytes, place, context);
    return value instanceof Promise
      ? this.channel.decoding(place.field === undefined ? 'GET' : 'HGET', value, remaining())
      : value;
  }

  /** Like `readBytes`; undefined if the reply is not a string, because the key or field is absent. */
  readReply<T>(
    reply: unknown,
    place: ValuePlace,
    context: CallContext,
    remaining: () => CallLimits,
  ): T | undefined | Promise<T | undefined> {
    return Buffer.isBuffer(reply) ? this.readBytes<T>(reply, place, context, remaining) : undefined;
  }

  private checked<T>(decoded: Decoded<T>, bytes: Buffer, place: ValuePlace, codec: StoreCodec): Decoded<T> {
    if (decoded.outdated === true && codec.policy.resealOnRead) this.resealing.afterRead(bytes, place, codec);
    return decoded;
  }
}
