import type { Duration } from '../../common/duration.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import type { CacheStore, ClearOptions, ScriptHost, SetEntry, StoreCapabilities } from '../../domain/cache-store.js';
import type { Decoded, ValueCodec, ValuePlace } from '../../domain/codec/value-codec.js';
import { checkField, checkKey, checkKeys } from '../../domain/models/cache-key.js';
import { checkClear } from '../../domain/models/clear-scope.js';
import { checkAmount, countTooLarge, MAX_COUNT } from '../../domain/models/counter.js';
import { checkStorable } from '../../domain/models/stored-value.js';
import { optionalTtlMs, ttlMs } from '../../domain/models/time-to-live.js';
import { resolveLimits } from './call-limits.js';
import type { CommandArg } from './command-sender.js';
import { COUNT, COUNT_LIMIT } from './count.script.js';
import type { CallLimits } from './pending-call.js';
import type { CommandChannel } from './command-channel.js';
import { RedisKeyScanner } from './redis-key.scanner.js';
import { runScript } from './run-script.js';

/** How many keys one UNLINK takes: enough to be quick, few enough not to hold the server. */
const UNLINK_KEYS = 500;

/** The port over a Redis connection: prefix, checks, codec and command of each method. */
export class RedisStore implements CacheStore {
  readonly can: StoreCapabilities;

  constructor(
    private readonly connection: CommandChannel,
    private readonly codec: ValueCodec,
    private readonly keyPrefix: string,
    private readonly limits: CallLimits,
  ) {
    this.can = Object.freeze({
      link: connection.link,
      keys: new RedisKeyScanner((name, args) => connection.send(name, args, limits), keyPrefix),
      scripts: { run: this.run },
    });
  }

  connect(): Promise<void> {
    return this.connection.link.open();
  }

  disconnect(): Promise<void> {
    return this.connection.link.close();
  }

  /** Not an `async` function: this is the hot path, and each one would add turns of the microtask queue. */
  get<T>(key: string): Promise<T | undefined> {
    try {
      return this.connection.read<T>(this.locate(key), this.limits);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async getMany<T>(keys: readonly string[]): Promise<(T | undefined)[]> {
    const at = this.locateAll(keys);
    if (at.length === 0) return [];
    const replies = (await this.connection.send('mget', at, this.limits)) as (Buffer | null)[];
    return allOf(replies.map((bytes, i) => this.decode<T>(bytes, { key: at[i] as string })));
  }

  async set(key: string, value: unknown, ttl?: Duration): Promise<void> {
    const at = this.locate(key);
    const px = optionalTtlMs(ttl);
    const encoded = this.encode(value, { key: at });
    await this.write(at, encoded instanceof Promise ? await encoded : encoded, px);
  }

  async setMany(entries: readonly SetEntry[]): Promise<void> {
    // Everything is checked and encoded before anything is written.
    const writes = await Promise.all(
      entries.map(async ({ key, value, ttl }) => {
        const at = this.locate(key);
        return { at, px: optionalTtlMs(ttl), bytes: await this.encode(value, { key: at }) };
      }),
    );
    const results = await Promise.allSettled(writes.map(({ at, bytes, px }) => this.write(at, bytes, px)));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  async delete(key: string): Promise<boolean> {
    const at = this.locate(key);
    return (await this.connection.change(at, 'unlink', [at], this.limits)) === 1;
  }

  async deleteMany(keys: readonly string[]): Promise<number> {
    const at = this.locateAll(keys);
    let removed = 0;
    for (let i = 0; i < at.length; i += UNLINK_KEYS) {
      removed += (await this.changeMany('unlink', at.slice(i, i + UNLINK_KEYS))) as number;
    }
    return removed;
  }

  async has(key: string): Promise<boolean> {
    return (await this.connection.send('exists', [this.locate(key)], this.limits)) === 1;
  }

  async hset(key: string, field: string, value: unknown): Promise<void> {
    const at = this.locate(key);
    checkField(field);
    const bytes = await this.encode(value, { key: at, field });
    await this.connection.change(at, 'hset', [at, field, bytes], this.limits);
  }

  async hget<T>(key: string, field: string): Promise<T | undefined> {
    const at = this.locate(key);
    checkField(field);
    return this.decode<T>(await this.connection.send('hget', [at, field], this.limits), { key: at, field });
  }

  async hgetall<T>(key: string): Promise<Record<string, T>> {
    const at = this.locate(key);
    // In capitals ioredis does not know the command, and does not make an object of the reply, in which __proto__ would be lost.
    const flat = (await this.connection.send('HGETALL', [at], this.limits)) as Buffer[];
    const fields: Promise<[string, T]>[] = [];
    for (let i = 0; i < flat.length; i += 2) {
      const field = String(flat[i]);
      const value = Promise.resolve(this.decode<T>(flat[i + 1], { key: at, field }));
      fields.push(value.then((read) => [field, read as T]));
    }
    return Object.fromEntries(await Promise.all(fields));
  }

  async hdel(key: string, ...fields: string[]): Promise<number> {
    const at = this.locate(key);
    fields.forEach(checkField);
    return fields.length === 0
      ? 0
      : ((await this.connection.change(at, 'hdel', [at, ...fields], this.limits)) as number);
  }

  async expire(key: string, ttl: Duration): Promise<boolean> {
    const at = this.locate(key);
    return (await this.connection.change(at, 'pexpire', [at, ttlMs(ttl)], this.limits)) === 1;
  }

  async ttl(key: string): Promise<number | null | undefined> {
    const left = (await this.connection.send('pttl', [this.locate(key)], this.limits)) as number;
    return left === -2 ? undefined : left === -1 ? null : left / 1000;
  }

  async incr(key: string, amount = 1): Promise<number> {
    const at = this.locate(key);
    checkAmount(amount);
    return runScript(this.changeMany, COUNT, [at], [amount, MAX_COUNT], this.limits).catch((error: unknown) => {
      throw error instanceof RedisInfraError && error.context.reply === COUNT_LIMIT ? countTooLarge() : error;
    });
  }

  async clear(options: ClearOptions = {}): Promise<number> {
    checkClear(options, this.keyPrefix);
    let removed = 0;
    for await (const { keys } of this.can.keys?.scan() ?? []) removed += await this.deleteMany(keys);
    return removed;
  }

  private locate(key: string): string {
    checkKey(key);
    return this.keyPrefix + key;
  }

  private locateAll(keys: readonly string[]): string[] {
    checkKeys(keys);
    return keys.map((key) => this.keyPrefix + key);
  }

  private encode(value: unknown, at: ValuePlace): Buffer | Promise<Buffer> {
    checkStorable(value);
    return this.codec.encode(value, at);
  }

  private decode<T>(reply: unknown, at: ValuePlace): T | undefined | Promise<T | undefined> {
    if (!Buffer.isBuffer(reply)) return undefined;
    const decoded = this.codec.decode<T>(reply, at);
    return decoded instanceof Promise ? decoded.then(({ value }: Decoded<T>) => value) : decoded.value;
  }

  private async write(at: string, bytes: Buffer, px: number | undefined): Promise<void> {
    await this.connection.change(at, 'set', px === undefined ? [at, bytes] : [at, bytes, 'PX', px], this.limits);
  }

  private readonly run: ScriptHost['run'] = async (script, keys, args, call) =>
    runScript(this.changeMany, script, this.locateAll(keys), args, resolveLimits(call, this.limits));

  private readonly changeMany = (name: string, args: readonly CommandArg[], limits = this.limits): Promise<unknown> =>
    this.connection.changeMany(name, args, limits);
}

/** Waits only where there is something to wait for. */
function allOf<T>(values: (T | Promise<T>)[]): T[] | Promise<T[]> {
  return values.some((value) => value instanceof Promise)
    ? Promise.all(values.map(async (value) => value))
    : (values as T[]);
}
