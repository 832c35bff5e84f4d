import { zip } from '../../../common/zip.js';
import { allOf, mapAll } from '../../../domain/codec/maybe-promise.js';
import type { CallContext } from '../../calls/call-context.js';
import type { CommandChannel } from '../../sending/command-channel.js';
import type { RedisScripts } from './redis-scripts.js';
import { toBuffers, toInteger } from './replies.js';
import { CREATE_FIELD } from './scripts/create-field.script.js';
import type { ValueIO } from '../values/value-io.js';
import type { ValueReader } from '../values/value-reader.js';

/**
 * Hashes: HSET, HGET, HGETALL and HDEL.
 * @see https://redis.io/docs/latest/develop/data-types/hashes/
 */
export class RedisHashes {
  constructor(
    private readonly channel: CommandChannel,
    private readonly io: ValueIO,
    private readonly reader: ValueReader,
    private readonly scripts: RedisScripts,
  ) {}

  /** @param ttlMs the time to live of a hash that the call creates, in milliseconds; undefined never expires */
  async set(
    key: string,
    field: string,
    value: unknown,
    ttlMs: number | undefined,
    context: CallContext,
  ): Promise<void> {
    const encoded = { value: this.io.encode(value, { key, field }, undefined, context), limits: context };
    await this.channel.write(key, 'HSET', encoded, (bytes, remaining): Promise<unknown> =>
      ttlMs === undefined
        ? this.channel.change(key, 'hset', [key, field, bytes], remaining)
        : this.scripts.send(CREATE_FIELD, [key], [field, bytes, ttlMs], remaining),
    );
  }

  async get<T>(key: string, field: string, context: CallContext): Promise<T | undefined> {
    const remaining = this.channel.startLimits(context);
    const reply = await this.channel.sendInOrder(key, 'hget', [key, field], context);
    return this.reader.readReply<T>(reply, { key, field }, context, remaining);
  }

  async getAll<T>(key: string, context: CallContext): Promise<Record<string, T>> {
    const remaining = this.channel.startLimits(context);
    // ioredis does not recognise the upper-case name, so it leaves the reply an array. An object would lose a field
    // named __proto__.
    const reply = await this.channel.sendInOrder(key, 'HGETALL', [key], context);
    const flat = toBuffers(reply);
    const fields = flat.filter((_, i) => i % 2 === 0).map(String);
    const stored = zip(
      fields,
      flat.filter((_, i) => i % 2 === 1),
    );
    const values = await allOf(
      mapAll(stored, ([field, bytes]) => this.reader.readBytes<T>(bytes, { key, field }, context, remaining)),
    );
    return Object.fromEntries(zip(fields, values));
  }

  /** Returns how many of the fields existed. */
  async delete(key: string, fields: readonly string[], context: CallContext): Promise<number> {
    return toInteger(await this.channel.changeInOrder(key, 'hdel', [key, ...fields], context));
  }
}
