import { systemClock, type Clock } from '../../common/clock.js';
import type { Duration } from '../../common/duration.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import type { CacheStore, ClearOptions, SetEntry, StoreCapabilities } from '../../domain/cache-store.js';
import { checkField, checkKey, checkKeys } from '../../domain/models/cache-key.js';
import { checkClear } from '../../domain/models/clear-scope.js';
import { checkAmount, countTooLarge, MAX_COUNT, wrongType } from '../../domain/models/counter.js';
import { copyJson, recopyJson } from '../../domain/models/json-value.js';
import { checkStorable } from '../../domain/models/stored-value.js';
import { optionalTtlMs, ttlMs } from '../../domain/models/time-to-live.js';
import { MemoryKeyScanner } from './memory-key.scanner.js';
import { MemoryLink } from './memory.link.js';
import { resolveMemoryOptions, type MemoryOptions, type ResolvedMemoryOptions } from './memory-options.js';
import { MemoryRecords, type HashRecord, type ValueRecord } from './memory-records.js';

/**
 * The embedded store: the semantics of `RedisAdapter` in the memory of this process, bounded, nothing to install. Values given
 * and handed out are independent copies. What it holds survives `disconnect`, and ends with the process.
 */
export class MemoryAdapter implements CacheStore {
  readonly can: StoreCapabilities;
  private readonly options: ResolvedMemoryOptions;
  private readonly records: MemoryRecords;
  private readonly link = new MemoryLink();

  /** @throws RedisInfraError OPTION_INVALID with the option's path. */
  constructor(
    options?: MemoryOptions,
    private readonly clock: Clock = systemClock,
  ) {
    this.options = resolveMemoryOptions(options);
    this.records = new MemoryRecords(this.options, clock);
    this.can = Object.freeze({ link: this.link, keys: new MemoryKeyScanner(this.records, this.options.keyPrefix) });
  }

  /** @internal The same store for calls that a signal may end. */
  within(signal: AbortSignal | undefined): MemoryAdapter {
    const check = (): void => {
      if (signal?.aborted === true)
        throw new RedisInfraError('DEADLINE_EXCEEDED', "the call was ended by its caller's signal", {
          cause: signal.reason,
        });
      this.check();
    };
    return Object.assign(Object.create(this) as MemoryAdapter, { check });
  }

  async connect(): Promise<void> {
    this.link.open();
  }

  async disconnect(): Promise<void> {
    this.link.close();
  }

  async get<T>(key: string): Promise<T | undefined> {
    return this.read<T>(this.locate(key));
  }

  async getMany<T>(keys: readonly string[]): Promise<(T | undefined)[]> {
    return this.locateAll(keys).map((key) => this.read<T>(key));
  }

  async set(key: string, value: unknown, ttl?: Duration): Promise<void> {
    this.records.set(this.locate(key), this.record(value, ttl));
  }

  async setMany(entries: readonly SetEntry[]): Promise<void> {
    const records = entries.map(({ key, value, ttl }) => [this.locate(key), this.record(value, ttl)] as const);
    for (const [at, record] of records) this.records.set(at, record);
  }

  async delete(key: string): Promise<boolean> {
    return this.records.delete(this.locate(key));
  }

  async deleteMany(keys: readonly string[]): Promise<number> {
    return this.locateAll(keys).filter((key) => this.records.delete(key)).length;
  }

  async has(key: string): Promise<boolean> {
    return this.records.get(this.locate(key)) !== undefined;
  }

  async hset(key: string, field: string, value: unknown): Promise<void> {
    const at = this.locate(key);
    checkField(field);
    checkStorable(value);
    const copied = copyJson(value);
    const hash = this.hash(at, 'HSET') ?? { type: 'hash', fields: new Map(), bytes: 0, expiresAtMs: Infinity };
    hash.bytes += copied.bytes - (hash.fields.get(field)?.bytes ?? 0);
    hash.fields.set(field, copied);
    this.records.set(at, hash);
  }

  async hget<T>(key: string, field: string): Promise<T | undefined> {
    const at = this.locate(key);
    checkField(field);
    const found = this.hash(at, 'HGET')?.fields.get(field);
    return found === undefined ? undefined : recopyJson<T>(found.value);
  }

  async hgetall<T>(key: string): Promise<Record<string, T>> {
    const hash = this.hash(this.locate(key), 'HGETALL');
    return Object.fromEntries([...(hash?.fields ?? [])].map(([field, { value }]) => [field, recopyJson<T>(value)]));
  }

  async hdel(key: string, ...fields: string[]): Promise<number> {
    const at = this.locate(key);
    fields.forEach(checkField);
    const hash = this.hash(at, 'HDEL');
    if (hash === undefined) return 0;
    let removed = 0;
    for (const field of fields) {
      hash.bytes -= hash.fields.get(field)?.bytes ?? 0;
      if (hash.fields.delete(field)) removed++;
    }
    if (hash.fields.size === 0) this.records.delete(at);
    else this.records.set(at, hash);
    return removed;
  }

  async expire(key: string, ttl: Duration): Promise<boolean> {
    const at = this.locate(key);
    const expiresAtMs = this.expiry(ttlMs(ttl));
    const record = this.records.get(at);
    if (record === undefined) return false;
    record.expiresAtMs = expiresAtMs;
    return true;
  }

  async ttl(key: string): Promise<number | null | undefined> {
    const record = this.records.get(this.locate(key));
    if (record === undefined) return undefined;
    return record.expiresAtMs === Infinity ? null : (record.expiresAtMs - this.clock.monotonicMs()) / 1000;
  }

  async incr(key: string, amount = 1): Promise<number> {
    const at = this.locate(key);
    checkAmount(amount);
    const record = this.records.get(at);
    const before = record === undefined ? 0 : record.type === 'value' ? record.value : undefined;
    if (typeof before !== 'number' || !Number.isSafeInteger(before)) throw wrongType('INCRBY', 'a whole number');
    const after = before + amount;
    if (Math.abs(after) > MAX_COUNT) throw countTooLarge();
    this.records.set(at, { type: 'value', value: after, bytes: 8, expiresAtMs: record?.expiresAtMs ?? Infinity });
    return after;
  }

  async clear(options: ClearOptions = {}): Promise<number> {
    this.check();
    checkClear(options, this.options.keyPrefix);
    return [...this.records.keys()].filter((key) => key.startsWith(this.options.keyPrefix) && this.records.delete(key))
      .length;
  }

  private check(): void {
    this.link.check();
  }

  private locate(key: string): string {
    this.check();
    checkKey(key);
    return this.options.keyPrefix + key;
  }

  private locateAll(keys: readonly string[]): string[] {
    this.check();
    checkKeys(keys);
    return keys.map((key) => this.options.keyPrefix + key);
  }

  private read<T>(at: string): T | undefined {
    const record = this.records.get(at);
    return record?.type === 'value' ? recopyJson<T>(record.value) : undefined;
  }

  private record(value: unknown, ttl: Duration | undefined): ValueRecord {
    checkStorable(value);
    return { type: 'value', expiresAtMs: this.expiry(optionalTtlMs(ttl)), ...copyJson(value) };
  }

  private expiry(ttl: number | undefined): number {
    return ttl === undefined ? Infinity : this.clock.monotonicMs() + ttl;
  }

  private hash(at: string, command: string): HashRecord | undefined {
    const record = this.records.get(at);
    if (record?.type === 'value') throw wrongType(command, 'a hash');
    return record;
  }
}
