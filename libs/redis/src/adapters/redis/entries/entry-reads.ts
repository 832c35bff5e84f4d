import { zip } from '../../../common/zip.js';
import { allOf, mapAll } from '../../../domain/codec/maybe-promise.js';
import type { EntryRead, ScopeVersions, StoredRead } from '../../../domain/entry-store.js';
import type { Decoded } from '../../../domain/value-codec.js';
import { withLimits, type CallContext } from '../../calls/call-context.js';
import { JointRead, type Records } from '../../sending/batch-readers.js';
import type { CommandChannel } from '../../sending/command-channel.js';
import { toArray } from '../commands/replies.js';
import type { EntryDecoder } from './entry-decoder.js';
import type { ScopeTables } from './versions/scope-tables.js';
import type { ServerTimes } from './server-times.js';
import type { VersionTables } from './versions/version-tables.js';

const NO_KEYS: readonly string[] = [];

export interface EntryReadsParts {
  readonly channel: CommandChannel;
  readonly decoder: EntryDecoder;
  readonly times: ServerTimes;
  readonly versions: VersionTables;
}

/** What the reads of one reply have in common. */
interface ReplyFacts {
  readonly records: Records;
  readonly versions: ScopeVersions;
  /** The server time. */
  readonly nowMs: number;
}

/**
 * Reads of entries. No `async` functions: this is the hot path, and `async` would add microtasks to each call. Keys are
 * full keys.
 */
export class EntryReads {
  private readonly channel: CommandChannel;
  private readonly decoder: EntryDecoder;
  private readonly times: ServerTimes;
  private readonly versions: VersionTables;
  /** Of the newest reply: the many reads that share it get the same. */
  private shared: ReplyFacts | undefined = undefined;

  constructor({ channel, decoder, times, versions }: EntryReadsParts) {
    this.channel = channel;
    this.decoder = decoder;
    this.times = times;
    this.versions = versions;
  }

  /** Reads a value, together with the tables of the scope if one command can name both. */
  read<T>(key: string, tables: ScopeTables, context: CallContext): Promise<EntryRead<T>> {
    const { channel } = this;
    if (channel.order.isEmpty) return this.readNow<T>(key, tables, context);
    return this.inKeyOrder(key, context, (limits) => this.readNow<T>(key, tables, limits));
  }

  /** Reads a value without versions. */
  readValue<T>(key: string, context: CallContext): Promise<StoredRead<T>> {
    return this.inKeyOrder(key, context, (limits) => this.readStored<T>(key, limits));
  }

  /** Reads several values in their order, by one command if it can name all keys. */
  readMany<T>(keys: readonly string[], tables: ScopeTables, context: CallContext): Promise<readonly EntryRead<T>[]> {
    if (keys.length === 0) return Promise.resolve([]);
    const { channel } = this;
    const admitted = channel.allowsAnyKeys ? context : channel.admitBatch('read', 'get', keys, context);
    return channel.inKeyOrder(keys, 'MGET', admitted, (remaining) => {
      const limits = withLimits(context, remaining);
      if (channel.allowsAnyKeys) return this.readByOneCommand<T>(keys, tables, limits);
      return Promise.all(keys.map((key) => this.readApart<T>(key, tables, limits)));
    });
  }

  /** Reads several values without versions, by one command if it can name all keys. */
  readValues<T>(keys: readonly string[], context: CallContext): Promise<readonly StoredRead<T>[]> {
    if (keys.length === 0) return Promise.resolve([]);
    const { channel } = this;
    if (!channel.allowsAnyKeys) return Promise.all(keys.map((key) => this.readValue<T>(key, context)));
    return channel.inKeyOrder(keys, 'MGET', context, (remaining) =>
      this.readStoredTogether<T>(keys, withLimits(context, remaining)),
    );
  }

  /** Decodes the bytes of an earlier read. */
  decode<T>(key: string, encoded: Buffer, context: CallContext): Decoded<T> | Promise<Decoded<T>> {
    const decoded = this.decoder.decodeAgain<T>(encoded, key, context);
    return decoded instanceof Promise ? this.channel.decoding('GET', decoded, context) : decoded;
  }

  private inKeyOrder<R>(key: string, context: CallContext, read: (context: CallContext) => Promise<R>): Promise<R> {
    const { channel } = this;
    if (channel.order.isEmpty) return read(context);
    return channel.inKeyOrder([key], 'GET', context, (remaining) => read(withLimits(context, remaining)));
  }

  private readNow<T>(key: string, tables: ScopeTables, context: CallContext): Promise<EntryRead<T>> {
    return this.channel.allowsAnyKeys
      ? this.readTogether<T>(key, tables, context)
      : this.readApart<T>(key, tables, context);
  }

  private readTogether<T>(key: string, tables: ScopeTables, context: CallContext): Promise<EntryRead<T>> {
    this.times.prepare(key);
    return this.channel.readJointly<EntryRead<T>, CallContext>(new EntryRequest<T>(this, key, tables, context));
  }

  /** The versions are on another connection or node than the value. They are read in the same tick. */
  private readApart<T>(key: string, tables: ScopeTables, context: CallContext): Promise<EntryRead<T>> {
    const reads = Promise.all([this.readStored<T>(key, context), this.versions.read(tables, context)]);
    return reads.then(([read, versions]) => ({ ...read, versions }));
  }

  private readStored<T>(key: string, context: CallContext): Promise<StoredRead<T>> {
    this.times.prepare(key);
    return this.channel.readJointly<StoredRead<T>, CallContext>(new ValueRequest<T>(this, key, context));
  }

  private async readByOneCommand<T>(
    keys: readonly string[],
    tables: ScopeTables,
    context: CallContext,
  ): Promise<readonly EntryRead<T>[]> {
    const remaining = this.channel.startLimits(context);
    keys.slice(0, 1).forEach((key) => this.times.prepare(key));
    const reply = toArray(await this.channel.send('mget', [...keys, ...tables.floors], context));
    const [values, records] = [reply.slice(0, keys.length).map(toBytes), reply.slice(keys.length).map(toBytes)];
    const limits = withLimits(context, remaining());
    const versions = tables.read(records) ?? (await this.versions.create(tables, limits));
    const entries = zip(keys, values).map(async ([key, bytes]) => this.entryOf<T>(key, bytes, versions, limits));
    return this.channel.decoding('MGET', Promise.all(entries), limits);
  }

  private async readStoredTogether<T>(
    keys: readonly string[],
    context: CallContext,
  ): Promise<readonly StoredRead<T>[]> {
    const remaining = this.channel.startLimits(context);
    keys.slice(0, 1).forEach((key) => this.times.prepare(key));
    const values = toArray(await this.channel.send('mget', keys, context)).map(toBytes);
    const limits = withLimits(context, remaining());
    const reads = allOf(mapAll(zip(keys, values), ([key, bytes]) => this.storedOf<T>(key, bytes, limits)));
    return reads instanceof Promise ? this.channel.decoding('MGET', reads, limits) : reads;
  }

  /** The result of a read of the value and its tables. Missing tables are created. */
  joined<T>(
    { key, tables, limits }: EntryRequest<T>,
    bytes: Buffer | undefined,
    records: Records,
  ): EntryRead<T> | Promise<EntryRead<T>> {
    const facts = this.factsOf(records, key, tables);
    const versions = facts?.versions ?? tables.read(records) ?? this.versions.create(tables, limits);
    return this.entryOf<T>(key, bytes, versions, limits, facts?.nowMs);
  }

  /** What the reads of a reply share; undefined while the tables or the time of the server are unknown. */
  private factsOf(records: Records, key: string, tables: ScopeTables): ReplyFacts | undefined {
    if (this.shared?.records === records) return this.shared;
    const versions = tables.read(records);
    const nowMs = this.times.nowMs(key);
    if (versions === undefined || nowMs === undefined) return undefined;
    return (this.shared = { records, versions, nowMs });
  }

  private entryOf<T>(
    key: string,
    bytes: Buffer | undefined,
    versions: ScopeVersions | Promise<ScopeVersions>,
    context: CallContext,
    knownMs = this.times.nowMs(key),
  ): EntryRead<T> | Promise<EntryRead<T>> {
    const decoded = this.decoder.decode<T>(bytes, key, context);
    const nowMs = knownMs ?? this.times.whenKnown(key);
    if (!(decoded instanceof Promise || versions instanceof Promise || nowMs instanceof Promise)) {
      const { stored, unreadable, encoded } = decoded;
      return { stored, unreadable, bytes: decoded.bytes, encoded, nowMs, versions };
    }
    return Promise.all([decoded, nowMs, versions]).then(([read, atMs, found]) => ({
      ...read,
      nowMs: atMs,
      versions: found,
    }));
  }

  /** The result of a read of the value alone. */
  storedOf<T>(key: string, bytes: Buffer | undefined, context: CallContext): StoredRead<T> | Promise<StoredRead<T>> {
    const decoded = this.decoder.decode<T>(bytes, key, context);
    const nowMs = this.times.nowMs(key) ?? this.times.whenKnown(key);
    if (!(decoded instanceof Promise || nowMs instanceof Promise)) {
      const { stored, unreadable, encoded } = decoded;
      return { stored, unreadable, bytes: decoded.bytes, encoded, nowMs };
    }
    return Promise.all([decoded, nowMs]).then(([read, atMs]) => ({ ...read, nowMs: atMs }));
  }
}

/** A read of a value together with its tables: an object without closures, because many are in flight. */
class EntryRequest<T> extends JointRead<EntryRead<T>, CallContext> {
  constructor(
    private readonly reads: EntryReads,
    key: string,
    readonly tables: ScopeTables,
    context: CallContext,
  ) {
    super(key, tables.floors, context);
  }

  protected join(bytes: Buffer | undefined, records: Records): EntryRead<T> | Promise<EntryRead<T>> {
    return this.reads.joined<T>(this, bytes, records);
  }
}

/** A read of a value without tables. */
class ValueRequest<T> extends JointRead<StoredRead<T>, CallContext> {
  constructor(
    private readonly reads: EntryReads,
    key: string,
    context: CallContext,
  ) {
    super(key, NO_KEYS, context);
  }

  protected join(bytes: Buffer | undefined): StoredRead<T> | Promise<StoredRead<T>> {
    return this.reads.storedOf<T>(this.key, bytes, this.limits);
  }
}

function toBytes(reply: unknown): Buffer | undefined {
  return Buffer.isBuffer(reply) ? reply : undefined;
}
