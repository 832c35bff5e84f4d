import type { Clock } from '../../../common/clock.js';
import { checkStorable } from '../../../domain/models/stored-value.js';
import type { EntryWrite } from '../../../domain/entry-store.js';
import type { CallContext } from '../../calls/call-context.js';
import type { ValueIO } from '../values/value-io.js';

/** Encodes the values of entries. */
export class EntryEncoder {
  constructor(
    private readonly io: ValueIO,
    private readonly clock: Clock,
  ) {}

  /**
   * Encodes a value for its key. With a codec that seals the expiry, an entry without one gets it from its ttl.
   * @throws RedisInfraError VALUE_INVALID if it is undefined or its meta is out of range; CODEC_*
   */
  encode({ value, meta, ttlMs }: EntryWrite, key: string, context: CallContext): Buffer | Promise<Buffer> {
    checkStorable(value);
    if (meta === undefined) return this.io.encode(value, { key }, ttlMs, context);
    const needsExpiry = context.codec.policy.bindExpiry && meta.expires === undefined && ttlMs !== undefined;
    const sealed = needsExpiry ? { ...meta, expires: Math.round(this.clock.wallMs() + ttlMs) } : meta;
    return this.io.encodeWith(value, { key }, sealed, context);
  }
}
