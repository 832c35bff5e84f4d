import type { Duration } from '../../common/duration.js';

import type {
  CacheStore,
  ClearOptions,
  ExpiringCreation,
  ScriptDefinition,
  ScriptHost,
  SetEntry,
  StoreCapabilities,
} from '../../domain/cache-store.js';
import { allOf, chain, mapAll } from '../../domain/codec/maybe-promise.js';
import { isCount } from '../../domain/codec/plain-count.js';
import type { Decoded, EntryMeta, StoreCodec, ValuePlace } from '../../domain/value-codec.js';
import { checkEntries, checkField, checkKey, checkKeys } from '../../domain/models/cache-key.js';
import { checkClear } from '../../domain/models/clear-scope.js';
import { checkAmount, MAX_COUNT } from '../../domain/models/counter.js';
import { checkStorable } from '../../domain/models/stored-value.js';
import { optionalTtlMs, ttlMs } from '../../domain/models/time-to-live.js';
import { resolveLimits } from './call-limits.js';
import type { CommandArg } from '../wire/wire-command.js';
import type { CommandChannel } from '../sending/command-channel.js';
import { COUNT, countersSealed, toCountError } from './scripts/count.script.js';
import { CREATE_FIELD } from './scripts/create-field.script.js';
import { startLimits, type CallLimits } from '../wire/pending-call.js';
import { allOrLeastCertain } from '../errors/least-certain.js';
import { ClusterKeyScanner } from './cluster-key.scanner.js';
import { expireSealed, type SealedKey } from './expire-sealed.js';
import { RedisKeyScanner } from './redis-key.scanner.js';
import { REPLACE } from './scripts/replace.script.js';
import { Resealing, type ResealOptions, type ResealProgress } from './resealing.js';
import { unlinkAll } from '../sending/unlink-all.js';

/** `channel` is shared by a store and its views; each view has its own codec and limits. */
export interface RedisStoreParts {
  readonly channel: CommandChannel;
  readonly codec: StoreCodec;
  readonly keyPrefix: string;
  readonly limits: CallLimits;
}

/** `CacheStore` on a Redis connection: checks the arguments, adds the key prefix, encodes values and sends the command. */
export class RedisStore implements CacheStore {
  readonly can: StoreCapabilities;
  private readonly channel: CommandChannel;
  private readonly codec: StoreCodec;
  private readonly keyPrefix: string;
  private readonly limits: CallLimits;
  private readonly scanner: RedisKeyScanner | ClusterKeyScanner;
  private readonly resealing: Resealing;

  constructor(parts: RedisStoreParts) {
    const { channel, codec, keyPrefix, limits } = parts;
    this.channel = channel;
    this.codec = codec;
    this.keyPrefix = keyPrefix;
    this.limits = limits;
    this.scanner = channel.isCluster
      ? new ClusterKeyScanner(channel, limits, keyPrefix)
      : new RedisKeyScanner(this.send, keyPrefix);
    this.resealing = new Resealing({
      policy: codec.policy,
      decode: this.decodeWithMeta,
      encode: (value, at, meta) => this.encodeWith(value, at, meta),
      keys: this.scanner,
      keyPrefix,
      limit: channel.background,
      send: this.send,
      run: (script, key, args) => this.runScript(script, [key], args),
    });
    this.can = Object.freeze<StoreCapabilities>({
      link: channel.pool.link,
      expiringCreation: this.expiringCreation,
      keys: { scan: (options) => this.scanner.scan(options), removeAll: this.removeAll },
      scripts: {
        run: this.run,
        groupOf: channel.allowsAnyKeys ? undefined : (key) => channel.groupOf(keyPrefix + key),
        atEndOfTick: (work) => channel.pool.atEndOfTick(work),
        sendNow: () => channel.pool.flushNow(),
      },
    });
  }

  connect(): Promise<void> {
    return this.channel.open();
  }

  disconnect(): Promise<void> {
    return this.channel.close();
  }

  /** Not an `async` function: this is the hot path, and `async` would add microtasks to each call. */
  get<T>(key: string): Promise<T | undefined> {
    try {
      const fullKey = this.locate(key);
      const { channel, limits } = this;
      if (channel.order.isEmpty) return this.readValue<T>(fullKey, limits);
      return channel.inKeyOrder([fullKey], 'GET', limits, (remaining) => this.readValue<T>(fullKey, remaining));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async getMany<T>(keys: readonly string[]): Promise<(T | undefined)[]> {
    const fullKeys = this.locateAll(keys);
    if (fullKeys.length === 0) return [];
    if (!this.channel.allowsAnyKeys) return this.getIndividually<T>(fullKeys);
    const remaining = startLimits(this.limits);
    const replies = (await this.channel.inKeyOrder(fullKeys, 'MGET', this.limits, (limits) =>
      this.channel.send('mget', fullKeys, limits),
    )) as (Buffer | null)[];
    const keysInOrder = fullKeys.map((key, i) => ({ key, bytes: replies[i] }));
    return allOf(mapAll(keysInOrder, ({ key, bytes }) => this.decodeReply<T>(bytes, { key }, remaining)));
  }

  async set(key: string, value: unknown, ttl?: Duration): Promise<void> {
    const fullKey = this.locate(key);
    const px = optionalTtlMs(ttl);
    await this.writeValue(fullKey, this.encode(value, { key: fullKey }, px), px);
  }

  async setMany(entries: readonly SetEntry[]): Promise<void> {
    checkEntries(entries);
    // All entries are checked, and encoded if the codec is synchronous, before anything is written.
    const writes = entries.map(({ key, value, ttl }) => ({ fullKey: this.locate(key), value, px: optionalTtlMs(ttl) }));
    const bytes = mapAll(writes, ({ fullKey, value, px }) => this.encode(value, { key: fullKey }, px));
    const fullKeys = writes.map(({ fullKey }) => fullKey);
    const limits = this.channel.admitBatch('write', 'set', fullKeys, this.limits);
    await allOrLeastCertain(
      writes.map(({ fullKey, px }, i) => this.writeValue(fullKey, bytes[i] as Buffer, px, limits)),
    );
  }

  async delete(key: string): Promise<boolean> {
    const fullKey = this.locate(key);
    return (await this.change(fullKey, 'unlink', [fullKey])) === 1;
  }

  async deleteMany(keys: readonly string[]): Promise<number> {
    const fullKeys = this.locateAll(keys);
    const { channel } = this;
    const limits = channel.admitBatch('write', 'unlink', fullKeys, this.limits);
    return unlinkAll(channel.groupKeys(fullKeys), (group) =>
      channel.inKeyOrder(group, 'UNLINK', limits, (remaining) => channel.changeAll(group, 'unlink', group, remaining)),
    );
  }

  async has(key: string): Promise<boolean> {
    const fullKey = this.locate(key);
    return (await this.query(fullKey, 'exists', [fullKey])) === 1;
  }

  async hset(key: string, field: string, value: unknown): Promise<void> {
    await this.writeField(key, field, value, (fullKey, bytes, remaining) =>
      this.channel.change(fullKey, 'hset', [fullKey, field, bytes], remaining),
    );
  }

  async hget<T>(key: string, field: string): Promise<T | undefined> {
    const fullKey = this.locate(key);
    checkField(field);
    const remaining = startLimits(this.limits);
    return this.decodeReply<T>(await this.query(fullKey, 'hget', [fullKey, field]), { key: fullKey, field }, remaining);
  }

  async hgetall<T>(key: string): Promise<Record<string, T>> {
    const fullKey = this.locate(key);
    const remaining = startLimits(this.limits);
    // ioredis does not recognise the upper-case name, so it leaves the reply an array. An object would lose a field named __proto__.
    const flat = (await this.query(fullKey, 'HGETALL', [fullKey])) as Buffer[];
    const fields = flat
      .filter((_, i) => i % 2 === 0)
      .map((field, i) => ({ field: String(field), bytes: flat[2 * i + 1] }));
    const decode = (bytes: unknown, field: string) => this.decodeReply<T>(bytes, { key: fullKey, field }, remaining);
    const values = await allOf(mapAll(fields, ({ field, bytes }) => decode(bytes, field)));
    return Object.fromEntries(fields.map(({ field }, i) => [field, values[i] as T]));
  }

  async hdel(key: string, ...fields: string[]): Promise<number> {
    const fullKey = this.locate(key);
    fields.forEach(checkField);
    return fields.length === 0 ? 0 : ((await this.change(fullKey, 'hdel', [fullKey, ...fields])) as number);
  }

  async expire(key: string, ttl: Duration): Promise<boolean> {
    const fullKey = this.locate(key);
    const px = ttlMs(ttl);
    if (this.codec.policy.bindExpiry)
      return this.channel.runExclusively(fullKey, 'EXPIRE', this.limits, (remaining) =>
        this.expireSealed(fullKey, px, startLimits(remaining)),
      );
    return (await this.change(fullKey, 'pexpire', [fullKey, px])) === 1;
  }

  async ttl(key: string): Promise<number | null | undefined> {
    const fullKey = this.locate(key);
    const remainingMs = (await this.query(fullKey, 'pttl', [fullKey])) as number;
    // -2: the key is absent; -1: it never expires.
    return remainingMs === -2 ? undefined : remainingMs === -1 ? null : remainingMs / 1000;
  }

  async incr(key: string, amount = 1): Promise<number> {
    return this.addToCounter(key, amount, '');
  }

  /** @param px the time to live of a new counter in milliseconds; '' never expires */
  private async addToCounter(key: string, amount: number, px: number | ''): Promise<number> {
    const fullKey = this.locate(key);
    checkAmount(amount);
    if (!this.codec.policy.counts) throw countersSealed();
    return this.runScript(COUNT, [fullKey], [amount, MAX_COUNT, px]).catch((error: unknown) => {
      throw toCountError(error);
    });
  }

  async clear(options: ClearOptions = {}): Promise<number> {
    checkClear(options, this.keyPrefix);
    return this.removeAll('');
  }

  /** The stored bytes of a value; undefined if the key is absent. */
  async bytes(key: string): Promise<Buffer | undefined> {
    const fullKey = this.locate(key);
    const reply = await this.channel.inKeyOrder([fullKey], 'GET', this.limits, (remaining) =>
      this.channel.read(fullKey, (bytes) => Buffer.from(bytes), remaining),
    );
    return reply;
  }

  resealAll(options?: ResealOptions): AsyncIterable<ResealProgress> {
    return this.resealing.all(options);
  }

  private readonly removeAll = (prefix: string): Promise<number> =>
    this.channel.order.afterEverything(async () => {
      let removed = 0;
      for await (const keys of this.scanner.raw(prefix)) removed += await this.unlink(keys);
      return removed;
    });

  private readonly expiringCreation: ExpiringCreation = {
    incr: async (key, amount, ttl) => this.addToCounter(key, amount, ttlMs(ttl)),
    hset: async (key, field, value, ttl) => {
      const px = ttlMs(ttl);
      await this.writeField(key, field, value, (fullKey, bytes, remaining) =>
        this.runNow(CREATE_FIELD, [fullKey], [field, bytes, px], remaining),
      );
    },
  };

  private async writeField(
    key: string,
    field: string,
    value: unknown,
    write: (fullKey: string, bytes: Buffer, remaining: CallLimits) => Promise<unknown>,
  ): Promise<void> {
    const fullKey = this.locate(key);
    checkField(field);
    const encoded = { value: this.encode(value, { key: fullKey, field }), limits: this.limits };
    await this.channel.write(fullKey, 'HSET', encoded, (bytes, remaining) => write(fullKey, bytes, remaining));
  }

  /** Removes keys as a scan returned them; they may not be valid UTF-8. */
  private unlink(keys: readonly Buffer[]): Promise<number> {
    const limits = this.channel.admitBatch('write', 'unlink', keys, this.limits);
    return unlinkAll(this.channel.groupKeys(keys), (part) => this.channel.changeScanned(part, 'unlink', limits));
  }

  /** A cluster has no MGET for keys of several nodes, so each key is read by a GET. The GETs for a node are sent in one write. */
  private getIndividually<T>(fullKeys: readonly string[]): Promise<(T | undefined)[]> {
    const limits = this.channel.admitBatch('read', 'get', fullKeys, this.limits);
    return this.channel.inKeyOrder(fullKeys, 'MGET', limits, (remaining) =>
      Promise.all(fullKeys.map((key) => this.readValue<T>(key, remaining))),
    );
  }

  private locate(key: string): string {
    checkKey(key);
    return this.keyPrefix + key;
  }

  private locateAll(keys: readonly string[]): string[] {
    checkKeys(keys);
    return keys.map((key) => this.keyPrefix + key);
  }

  private encode(value: unknown, at: ValuePlace, px?: number): Buffer | Promise<Buffer> {
    checkStorable(value);
    const { bindExpiry, counts } = this.codec.policy;
    // A counter is stored as plain text, which has no room for a sealed expiry.
    const isBound = bindExpiry && px !== undefined && !(counts && isCount(value));
    return this.encodeWith(value, at, isBound ? { expires: Date.now() + px } : undefined);
  }

  private encodeWith(
    value: unknown,
    at: ValuePlace,
    meta: EntryMeta | undefined,
    limits = this.limits,
  ): Buffer | Promise<Buffer> {
    const bytes = this.codec.encode(value, at, meta);
    const label = at.field === undefined ? 'SET' : 'HSET';
    return bytes instanceof Promise ? this.channel.encoding(label, bytes, limits) : bytes;
  }

  private readValue<T>(fullKey: string, limits: CallLimits): Promise<T | undefined> {
    return this.channel.read(fullKey, this.decode, limits) as Promise<T | undefined>;
  }

  private decodeReply<T>(
    reply: unknown,
    at: ValuePlace,
    remaining: () => CallLimits,
  ): T | undefined | Promise<T | undefined> {
    if (!Buffer.isBuffer(reply)) return undefined;
    const value = this.decode(reply, at) as T | Promise<T>;
    const label = at.field === undefined ? 'GET' : 'HGET';
    return value instanceof Promise ? this.channel.decoding(label, value, remaining()) : value;
  }

  private readonly decodeWithMeta = (
    bytes: Buffer,
    at: ValuePlace,
    limits = this.limits,
  ): Promise<Decoded<unknown>> => {
    const decoding = Promise.resolve(bytes).then((read) => this.codec.decode(read, at));
    return this.channel.decoding('GET', decoding, limits);
  };

  private readonly decode = (bytes: Buffer, at: ValuePlace): unknown =>
    chain(this.codec.decode(bytes, at), (decoded) => {
      if (decoded.outdated === true && this.codec.policy.resealOnRead) this.resealing.afterRead(bytes, at);
      return decoded.value;
    });

  private async writeValue(
    fullKey: string,
    bytes: Buffer | Promise<Buffer>,
    px: number | undefined,
    limits = this.limits,
  ): Promise<void> {
    const args = px === undefined ? [] : ['PX', px];
    await this.channel.write(fullKey, 'SET', { value: bytes, limits }, (encoded, remaining) =>
      this.channel.change(fullKey, 'set', [fullKey, encoded, ...args], remaining),
    );
  }

  /** Runs exclusively on its key, so its commands skip the key order: they would wait for this call itself. */
  private expireSealed(fullKey: string, px: number, remaining: () => CallLimits): Promise<boolean> {
    const { channel } = this;
    const key: SealedKey = {
      counts: this.codec.policy.counts,
      // ioredis does not recognise the upper-case name as a read. A replica could return a value older than the one to compare.
      get: () => channel.send('GET', [fullKey], remaining(), { key: fullKey }),
      pexpire: async () => (await channel.change(fullKey, 'pexpire', [fullKey, px], remaining())) === 1,
      decode: (bytes) => this.decodeWithMeta(bytes, { key: fullKey }, remaining()),
      encode: (value, meta) => this.encodeWith(value, { key: fullKey }, meta, remaining()),
      replace: (bytes, resealed) => this.runNow(REPLACE, [fullKey], [bytes, resealed, px], remaining()),
    };
    return expireSealed(key, px);
  }

  private readonly run: ScriptHost['run'] = async (script, keys, args, call) =>
    this.runScript(script, this.locateAll(keys), args, resolveLimits(call, this.limits));

  private async runScript<R>(
    script: ScriptDefinition<R>,
    keys: readonly string[],
    args: readonly CommandArg[],
    limits = this.limits,
  ): Promise<R> {
    return this.channel.inKeyOrder(keys, script.name, limits, (remaining) =>
      this.runNow(script, keys, args, remaining),
    );
  }

  private async runNow<R>(
    script: ScriptDefinition<R>,
    keys: readonly string[],
    args: readonly CommandArg[],
    limits: CallLimits,
  ): Promise<R> {
    return script.parse(await this.channel.runScript({ script, keys, args }, limits));
  }

  private readonly send = (name: string, args: readonly CommandArg[]): Promise<unknown> =>
    this.channel.send(name, args, this.limits);

  private query(fullKey: string, name: string, args: readonly CommandArg[], limits = this.limits): Promise<unknown> {
    return this.channel.inKeyOrder([fullKey], name.toUpperCase(), limits, (remaining) =>
      this.channel.send(name, args, remaining, { key: fullKey }),
    );
  }

  private change(fullKey: string, name: string, args: readonly CommandArg[], limits = this.limits): Promise<unknown> {
    return this.channel.inKeyOrder([fullKey], name.toUpperCase(), limits, (remaining) =>
      this.channel.change(fullKey, name, args, remaining),
    );
  }
}
