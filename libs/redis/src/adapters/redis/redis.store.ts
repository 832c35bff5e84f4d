import type { Duration } from '../../common/duration.js';
import { optionInvalid } from '../../common/options.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import type {
  CacheStore,
  ClearOptions,
  ExpiringCreation,
  ScanOptions,
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
import { checkAmount, countTooLarge, MAX_COUNT } from '../../domain/models/counter.js';
import { checkStorable } from '../../domain/models/stored-value.js';
import { optionalTtlMs, ttlMs } from '../../domain/models/time-to-live.js';
import { resolveLimits } from './call-limits.js';
import type { CommandArg } from '../wire/wire-command.js';
import type { CommandChannel } from '../sending/command-channel.js';
import { COUNT, COUNT_LIMIT } from './scripts/count.script.js';
import { CREATE_FIELD } from './scripts/create-field.script.js';
import { startLimits, type CallLimits } from '../wire/pending-call.js';
import { allOrLeastCertain } from '../errors/least-certain.js';
import { ClusterKeyScanner } from './cluster-key.scanner.js';
import { expireSealed, type SealedKey } from './expire-sealed.js';
import { RedisKeyScanner } from './redis-key.scanner.js';
import { REPLACE } from './scripts/replace.script.js';
import { Resealing, type ResealOptions, type ResealProgress } from './resealing.js';
import { unlinkAll } from '../sending/unlink-all.js';

/** What a store and its views share, and what is a view's own. */
export interface RedisStoreParts {
  readonly channel: CommandChannel;
  readonly codec: StoreCodec;
  readonly keyPrefix: string;
  readonly limits: CallLimits;
}

/** The port over a Redis connection: prefix, checks, codec and command of each method. */
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
    const keys = channel.isCluster
      ? new ClusterKeyScanner(channel, limits, keyPrefix)
      : new RedisKeyScanner(this.send, keyPrefix);
    this.scanner = keys;
    this.resealing = new Resealing({
      policy: codec.policy,
      decode: this.decodeWithMeta,
      encode: (value, at, meta) => this.encodeWith(value, at, meta),
      keys,
      keyPrefix,
      limit: channel.background,
      send: this.send,
      run: (script, key, args) => this.runScript(script, [key], args),
    });
    this.can = Object.freeze<StoreCapabilities>({
      link: channel.pool.link,
      expiringCreation: this.expiringCreation,
      keys: { scan: (options?: ScanOptions) => keys.scan(options), removeAll: this.removeAll },
      scripts: {
        run: this.run,
        groupOf: this.channel.allowsAnyKeys ? undefined : (key: string) => this.channel.groupOf(this.keyPrefix + key),
        atEndOfTick: (work: () => void) => this.channel.pool.atEndOfTick(work),
        sendNow: () => this.channel.pool.flushNow(),
      },
    });
  }

  connect(): Promise<void> {
    return this.channel.open();
  }

  disconnect(): Promise<void> {
    return this.channel.close();
  }

  /** Not an `async` function: this is the hot path, and each one would add turns of the microtask queue. */
  get<T>(key: string): Promise<T | undefined> {
    try {
      const at = this.locate(key);
      if (this.channel.order.isEmpty) return this.readValue<T>(at, this.limits);
      return this.channel.inKeyOrder([at], 'GET', this.limits, (left) => this.readValue<T>(at, left));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async getMany<T>(keys: readonly string[]): Promise<(T | undefined)[]> {
    const at = this.locateAll(keys);
    if (at.length === 0) return [];
    if (!this.channel.allowsAnyKeys) return this.getIndividually<T>(at);
    const left = startLimits(this.limits);
    const replies = (await this.channel.inKeyOrder(at, 'MGET', this.limits, (limits) =>
      this.channel.send('mget', at, limits),
    )) as (Buffer | null)[];
    const keysInOrder = at.map((key, i) => ({ key, bytes: replies[i] }));
    return allOf(mapAll(keysInOrder, ({ key, bytes }) => this.decodeReply<T>(bytes, { key }, left)));
  }

  async set(key: string, value: unknown, ttl?: Duration): Promise<void> {
    const at = this.locate(key);
    const px = optionalTtlMs(ttl);
    await this.writeValue(at, this.encode(value, { key: at }, px), px);
  }

  async setMany(entries: readonly SetEntry[]): Promise<void> {
    checkEntries(entries);
    // Everything is checked, and made bytes where that can be done at once, before anything is written.
    const writes = entries.map(({ key, value, ttl }) => ({ at: this.locate(key), value, px: optionalTtlMs(ttl) }));
    const bytes = mapAll(writes, ({ at, value, px }) => this.encode(value, { key: at }, px));
    const limits = this.channel.admitBatch(
      'write',
      'set',
      writes.map(({ at }) => at),
      this.limits,
    );
    await allOrLeastCertain(writes.map(({ at, px }, i) => this.writeValue(at, bytes[i] as Buffer, px, limits)));
  }

  async delete(key: string): Promise<boolean> {
    const at = this.locate(key);
    return (await this.change(at, 'unlink', [at])) === 1;
  }

  async deleteMany(keys: readonly string[]): Promise<number> {
    const at = this.locateAll(keys);
    const limits = this.channel.admitBatch('write', 'unlink', at, this.limits);
    return unlinkAll(this.channel.groupKeys(at), (part) =>
      this.channel.inKeyOrder(part, 'UNLINK', limits, (left) => this.channel.changeAll(part, 'unlink', part, left)),
    );
  }

  async has(key: string): Promise<boolean> {
    const at = this.locate(key);
    return (await this.query(at, 'exists', [at])) === 1;
  }

  async hset(key: string, field: string, value: unknown): Promise<void> {
    await this.writeField(key, field, value, (at, bytes, left) =>
      this.channel.change(at, 'hset', [at, field, bytes], left),
    );
  }

  async hget<T>(key: string, field: string): Promise<T | undefined> {
    const at = this.locate(key);
    checkField(field);
    const left = startLimits(this.limits);
    return this.decodeReply<T>(await this.query(at, 'hget', [at, field]), { key: at, field }, left);
  }

  async hgetall<T>(key: string): Promise<Record<string, T>> {
    const at = this.locate(key);
    const left = startLimits(this.limits);
    // In capitals ioredis does not know the command, and does not make an object of the reply, in which __proto__ would be lost.
    const flat = (await this.query(at, 'HGETALL', [at])) as Buffer[];
    const fields = flat
      .filter((_, i) => i % 2 === 0)
      .map((field, i) => ({ field: String(field), bytes: flat[2 * i + 1] }));
    const values = await allOf(
      mapAll(fields, ({ field, bytes }) => this.decodeReply<T>(bytes, { key: at, field }, left)),
    );
    return Object.fromEntries(fields.map(({ field }, i) => [field, values[i] as T]));
  }

  async hdel(key: string, ...fields: string[]): Promise<number> {
    const at = this.locate(key);
    fields.forEach(checkField);
    return fields.length === 0 ? 0 : ((await this.change(at, 'hdel', [at, ...fields])) as number);
  }

  async expire(key: string, ttl: Duration): Promise<boolean> {
    const at = this.locate(key);
    const px = ttlMs(ttl);
    if (this.codec.policy.bindExpiry)
      return this.channel.runExclusively(at, 'EXPIRE', this.limits, (left) =>
        this.expireSealed(at, px, startLimits(left)),
      );
    return (await this.change(at, 'pexpire', [at, px])) === 1;
  }

  async ttl(key: string): Promise<number | null | undefined> {
    const at = this.locate(key);
    const left = (await this.query(at, 'pttl', [at])) as number;
    return left === -2 ? undefined : left === -1 ? null : left / 1000;
  }

  async incr(key: string, amount = 1): Promise<number> {
    return this.addToCounter(key, amount, '');
  }

  /** @param px the time to live of a counter that this creates; empty: it never expires */
  private async addToCounter(key: string, amount: number, px: number | ''): Promise<number> {
    const at = this.locate(key);
    checkAmount(amount);
    if (!this.codec.policy.counts) {
      throw optionInvalid(
        'codec.encryption.counters',
        "must be 'plain' to count here: Redis cannot add to a number that is sealed",
      );
    }
    return this.runScript(COUNT, [at], [amount, MAX_COUNT, px]).catch((error: unknown) => {
      throw error instanceof RedisInfraError && error.context.reply === COUNT_LIMIT ? countTooLarge() : error;
    });
  }

  async clear(options: ClearOptions = {}): Promise<number> {
    checkClear(options, this.keyPrefix);
    return this.removeAll('');
  }

  async bytes(key: string): Promise<Buffer | undefined> {
    const at = this.locate(key);
    const reply = await this.channel.inKeyOrder([at], 'GET', this.limits, (left) =>
      this.channel.read(at, (bytes) => Buffer.from(bytes), left),
    );
    return reply as Buffer | undefined;
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
      await this.writeField(key, field, value, (at, bytes, left) =>
        this.runNow(CREATE_FIELD, [at], [field, bytes, px], left),
      );
    },
  };

  private async writeField(
    key: string,
    field: string,
    value: unknown,
    write: (at: string, bytes: Buffer, left: CallLimits) => Promise<unknown>,
  ): Promise<void> {
    const at = this.locate(key);
    checkField(field);
    const encoded = { value: this.encode(value, { key: at, field }), limits: this.limits };
    await this.channel.write(at, 'HSET', encoded, (bytes, left) => write(at, bytes, left));
  }

  /** Keys as they came from a scan, whatever bytes they are made of. */
  private unlink(keys: readonly Buffer[]): Promise<number> {
    const limits = this.channel.admitBatch('write', 'unlink', keys, this.limits);
    return unlinkAll(this.channel.groupKeys(keys), (part) => this.channel.changeScanned(part, 'unlink', limits));
  }

  /** A cluster has no MGET for keys of several nodes: each is asked for, in one write for each node. */
  private getIndividually<T>(at: readonly string[]): Promise<(T | undefined)[]> {
    const limits = this.channel.admitBatch('read', 'get', at, this.limits);
    return this.channel.inKeyOrder(at, 'MGET', limits, (left) =>
      Promise.all(at.map((key) => this.readValue<T>(key, left))),
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
    const bound = this.codec.policy.bindExpiry && px !== undefined && !this.isCount(value);
    return this.encodeWith(value, at, bound ? { expires: Date.now() + px } : undefined);
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

  /** Sealed with an end, it could not be counted on. */
  private isCount(value: unknown): boolean {
    return this.codec.policy.counts && isCount(value);
  }

  private readValue<T>(at: string, limits: CallLimits): Promise<T | undefined> {
    return this.channel.read(at, this.decode, limits) as Promise<T | undefined>;
  }

  private decodeReply<T>(
    reply: unknown,
    at: ValuePlace,
    left: () => CallLimits,
  ): T | undefined | Promise<T | undefined> {
    if (!Buffer.isBuffer(reply)) return undefined;
    const value = this.decode(reply, at) as T | Promise<T>;
    const label = at.field === undefined ? 'GET' : 'HGET';
    return value instanceof Promise ? this.channel.decoding(label, value, left()) : value;
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
    at: string,
    bytes: Buffer | Promise<Buffer>,
    px: number | undefined,
    limits = this.limits,
  ): Promise<void> {
    const args = px === undefined ? [] : ['PX', px];
    await this.channel.write(at, 'SET', { value: bytes, limits }, (encoded, remaining) =>
      this.channel.change(at, 'set', [at, encoded, ...args], remaining),
    );
  }

  /** Runs alone on its key, so it sends its commands directly and does not wait for its own turn. */
  private expireSealed(at: string, px: number, left: () => CallLimits): Promise<boolean> {
    const { channel } = this;
    const key: SealedKey = {
      counts: this.codec.policy.counts,
      // In capitals ioredis does not take it for a read: what a replica has may be older than what is compared.
      get: () => channel.send('GET', [at], left(), { key: at }),
      pexpire: async () => (await channel.change(at, 'pexpire', [at, px], left())) === 1,
      decode: (bytes) => this.decodeWithMeta(bytes, { key: at }, left()),
      encode: (value, meta) => this.encodeWith(value, { key: at }, meta, left()),
      replace: (bytes, resealed) => this.runNow(REPLACE, [at], [bytes, resealed, px], left()),
    };
    return expireSealed(key, px);
  }

  private readonly run: ScriptHost['run'] = async (script, keys, args, call) =>
    this.runScript(script, this.locateAll(keys), args, resolveLimits(call, this.limits));

  private async runScript<R>(
    script: ScriptDefinition<R>,
    at: readonly string[],
    args: readonly CommandArg[],
    limits = this.limits,
  ): Promise<R> {
    return this.channel.inKeyOrder(at, script.name, limits, (left) => this.runNow(script, at, args, left));
  }

  private async runNow<R>(
    script: ScriptDefinition<R>,
    at: readonly string[],
    args: readonly CommandArg[],
    limits: CallLimits,
  ): Promise<R> {
    return script.parse(await this.channel.runScript({ script, keys: at, args }, limits));
  }

  private readonly send = (name: string, args: readonly CommandArg[]): Promise<unknown> =>
    this.channel.send(name, args, this.limits);

  private query(at: string, name: string, args: readonly CommandArg[], limits = this.limits): Promise<unknown> {
    return this.channel.inKeyOrder([at], name.toUpperCase(), limits, (left) =>
      this.channel.send(name, args, left, { key: at }),
    );
  }

  private change(at: string, name: string, args: readonly CommandArg[], limits = this.limits): Promise<unknown> {
    return this.channel.inKeyOrder([at], name.toUpperCase(), limits, (left) =>
      this.channel.change(at, name, args, left),
    );
  }
}
