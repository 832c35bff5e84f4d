import { zip } from '../../../common/zip.js';
import { mapAll } from '../../../domain/codec/maybe-promise.js';
import type { EntryWrite, RemoveOptions } from '../../../domain/entry-store.js';
import { MAX_COUNT } from '../../../domain/models/counter.js';
import { withLimits, type CallContext } from '../../calls/call-context.js';
import { allOrLeastCertain } from '../../errors/least-certain.js';
import type { CommandChannel } from '../../sending/command-channel.js';
import { unlinkAll } from '../../sending/unlink-all.js';
import type { CallLimits } from '../../wire/pending-call.js';
import type { RedisScripts } from '../commands/redis-scripts.js';
import { countersSealed, toCountError } from '../commands/scripts/count.script.js';
import type { ValueIO } from '../values/value-io.js';
import type { EntryEncoder } from './entry-encoder.js';
import type { EntryKeys, LeasePlace } from './entry-keys.js';
import { LeasedChanges } from './leased-change.js';
import { COUNT_ENTRY, REMOVE, REMOVE_FIELDS, REMOVE_MANY, SET_FIELD, WRITE } from './scripts/change.scripts.js';

export interface EntryChangesParts {
  readonly channel: CommandChannel;
  readonly scripts: RedisScripts;
  readonly keys: EntryKeys;
  readonly encoder: EntryEncoder;
  readonly io: ValueIO;
}

/** One checked entry of `writeMany`. */
export interface KeyedEntry extends EntryWrite {
  /** The full key. */
  readonly key: string;
}

/** Changes of keys. Each ends the lease of its key in the same script. Keys are full keys. */
export class EntryChanges {
  private readonly leased: LeasedChanges;

  constructor(private readonly parts: EntryChangesParts) {
    this.leased = new LeasedChanges(parts.channel, parts.scripts);
  }

  /** Stores a value. */
  async write(key: string, entry: EntryWrite, context: CallContext): Promise<void> {
    await this.send({ ...entry, key }, this.parts.encoder.encode(entry, key, context), context);
  }

  /** Stores several values. Encodes all, if the codec is synchronous, before anything is written. */
  async writeMany(entries: readonly KeyedEntry[], context: CallContext): Promise<void> {
    const { channel, encoder } = this.parts;
    const encoded = mapAll(entries, (entry) => encoder.encode(entry, entry.key, context));
    const keys = entries.map(({ key }) => key);
    const limits = withLimits(context, channel.admitBatch('write', 'set', keys, context));
    await allOrLeastCertain(zip(entries, encoded).map(async ([entry, bytes]) => this.send(entry, bytes, limits)));
  }

  /** Removes keys and returns how many existed. */
  remove(
    names: readonly string[],
    { isRepeatedByCaller = false }: RemoveOptions,
    context: CallContext,
  ): Promise<number> {
    const { channel, scripts, keys } = this.parts;
    const limits = channel.admitBatch('write', 'unlink', names, context);
    return unlinkAll(channel.groupKeys(names), (chunk) =>
      channel.inKeyOrder(chunk, REMOVE.name, limits, (remaining) => {
        const [first] = chunk;
        if (first !== undefined && chunk.length === 1) return this.removeOne(keys.leaseOf(first), remaining);
        const leases = chunk.map((key) => keys.internal.lease(key));
        const args = [keys.channel, keys.prefixBytes];
        return isRepeatedByCaller
          ? channel.runScriptOnce(REMOVE_MANY, [...chunk, ...leases], args, remaining)
          : scripts.send(REMOVE_MANY, [...chunk, ...leases], args, remaining);
      }),
    );
  }

  /** Adds to a counter and returns the new count. */
  async incr(key: string, amount: number, ttlMs: number | undefined, context: CallContext): Promise<number> {
    if (!context.codec.policy.counts) throw countersSealed();
    const { channel, keys } = this.parts;
    const place = keys.leaseOf(key);
    const args = [amount, MAX_COUNT, ttlMs ?? '', ...place.notice];
    try {
      return await channel.inKeyOrder([key], COUNT_ENTRY.name, context, (limits) =>
        this.leased.run({ script: COUNT_ENTRY, place, args }, limits),
      );
    } catch (error) {
      throw toCountError(error);
    }
  }

  /** Sets a field of a hash. */
  async setField(
    { key, field }: { readonly key: string; readonly field: string },
    value: unknown,
    ttlMs: number | undefined,
    context: CallContext,
  ): Promise<void> {
    const { channel, io, keys } = this.parts;
    const place = keys.leaseOf(key);
    const encoded = { value: io.encode(value, { key, field }, undefined, context), limits: context };
    await channel.write(key, SET_FIELD.name, encoded, (bytes, remaining) => {
      const args = [field, bytes, ttlMs ?? '', ...place.notice];
      return this.leased.run({ script: SET_FIELD, place, args }, remaining);
    });
  }

  /** Removes fields of a hash and returns how many existed. */
  removeFields(key: string, fields: readonly string[], context: CallContext): Promise<number> {
    const { channel, keys } = this.parts;
    const place = keys.leaseOf(key);
    return channel.inKeyOrder([key], REMOVE_FIELDS.name, context, (limits) =>
      this.leased.run({ script: REMOVE_FIELDS, place, args: [...place.notice, ...fields] }, limits),
    );
  }

  private removeOne(place: LeasePlace, limits: CallLimits): Promise<number> {
    return this.leased.run({ script: REMOVE, place, args: place.notice, isIdempotent: true }, limits);
  }

  private async send({ key, ttlMs }: KeyedEntry, value: Buffer | Promise<Buffer>, limits: CallLimits): Promise<void> {
    const { channel, keys } = this.parts;
    const place = keys.leaseOf(key);
    await channel.write(key, WRITE.name, { value, limits }, (bytes, remaining) => {
      const args = [bytes, ttlMs ?? '', ...place.notice];
      return this.leased.run({ script: WRITE, place, args, isIdempotent: true }, remaining);
    });
  }
}
