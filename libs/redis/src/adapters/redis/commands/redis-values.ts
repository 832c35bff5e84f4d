import { zip } from '../../../common/zip.js';
import { allOf, mapAll } from '../../../domain/codec/maybe-promise.js';
import { withLimits, type CallContext } from '../../calls/call-context.js';
import type { StoredEntry } from '../../calls/stored-entry.js';
import { allOrLeastCertain } from '../../errors/least-certain.js';
import type { CommandChannel } from '../../sending/command-channel.js';
import type { CallLimits } from '../../wire/pending-call.js';
import { toArray } from './replies.js';
import type { ValueIO } from '../values/value-io.js';
import type { ValueReader } from '../values/value-reader.js';

/**
 * Plain values: GET, MGET and SET.
 * @see https://redis.io/docs/latest/commands/set/
 */
export class RedisValues {
  constructor(
    private readonly channel: CommandChannel,
    private readonly io: ValueIO,
    private readonly reader: ValueReader,
  ) {}

  /** Not an `async` function: this is the hot path, and `async` would add microtasks to each call. */
  get<T>(key: string, context: CallContext): Promise<T | undefined> {
    const { channel, reader } = this;
    if (channel.order.isEmpty) return channel.read<T, CallContext>(key, reader.read, context);
    return channel.inKeyOrder([key], 'GET', context, (remaining) =>
      channel.read<T, CallContext>(key, reader.read, withLimits(context, remaining)),
    );
  }

  async getMany<T>(keys: readonly string[], context: CallContext): Promise<(T | undefined)[]> {
    if (keys.length === 0) return [];
    const { channel } = this;
    if (!channel.allowsAnyKeys) return this.getIndividually<T>(keys, context);
    const remaining = channel.startLimits(context);
    const reply = await channel.inKeyOrder(keys, 'MGET', context, (limits) => channel.send('mget', keys, limits));
    const found = zip(keys, toArray(reply));
    return allOf(mapAll(found, ([key, bytes]) => this.reader.readReply<T>(bytes, { key }, context, remaining)));
  }

  async set(key: string, value: unknown, ttlMs: number | undefined, context: CallContext): Promise<void> {
    await this.write(key, this.io.encode(value, { key }, ttlMs, context), ttlMs, context);
  }

  /** Encodes all values, if the codec is synchronous, before anything is written. */
  async setMany(entries: readonly StoredEntry[], context: CallContext): Promise<void> {
    const encoded = mapAll(entries, ({ key, value, ttlMs }) => this.io.encode(value, { key }, ttlMs, context));
    const keys = entries.map(({ key }) => key);
    const limits = withLimits(context, this.channel.admitBatch('write', 'set', keys, context));
    const writes = zip(entries, encoded).map(async ([{ key, ttlMs }, bytes]) => this.write(key, bytes, ttlMs, limits));
    await allOrLeastCertain(writes);
  }

  /** The stored bytes of a value; undefined if the key is absent or holds another type. */
  bytes(key: string, context: CallContext): Promise<Buffer | undefined> {
    return this.channel.inKeyOrder([key], 'GET', context, (remaining) =>
      this.channel.read(key, copyBytes, withLimits(context, remaining)),
    );
  }

  /**
   * Reads each key by a GET, because the keys may be on several nodes or connections. The GETs for one of them are sent
   * in one write.
   */
  private getIndividually<T>(keys: readonly string[], context: CallContext): Promise<(T | undefined)[]> {
    const { channel, reader } = this;
    const admitted = channel.admitBatch('read', 'get', keys, context);
    return channel.inKeyOrder(keys, 'MGET', admitted, (remaining) => {
      const limits = withLimits(context, remaining);
      return Promise.all(keys.map((key) => channel.read<T, CallContext>(key, reader.read, limits)));
    });
  }

  private write(key: string, value: Buffer | Promise<Buffer>, ttlMs: number | undefined, limits: CallLimits): unknown {
    return this.channel.write(key, 'SET', { value, limits }, (bytes, remaining) =>
      this.channel.change(key, 'set', ttlMs === undefined ? [key, bytes] : [key, bytes, 'PX', ttlMs], remaining),
    );
  }
}

function copyBytes(bytes: Buffer): Buffer {
  return Buffer.from(bytes);
}
