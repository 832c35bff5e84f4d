import { systemClock, type Clock } from '../../common/clock.js';
import { durationMs, type Duration } from '../../common/duration.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import type { CacheStore, ClearOptions, SetEntry, StoreCapabilities } from '../../domain/cache-store.js';
import type { CodecOptions } from '../../domain/codec/codec.options.js';
import { allOf, mapAll } from '../../domain/codec/maybe-promise.js';
import type { ValuePlace } from '../../domain/value-codec.js';
import { checkEntries, checkField, checkKey, checkKeys } from '../../domain/models/cache-key.js';
import { checkClear } from '../../domain/models/clear-scope.js';
import { checkAmount, countTooLarge, MAX_COUNT, wrongType } from '../../domain/models/counter.js';
import { checkStorable } from '../../domain/models/stored-value.js';
import { optionalTtlMs, ttlMs } from '../../domain/models/time-to-live.js';
import { createCodec, type OnSecurity } from '../codec/create-codec.js';
import { CodecCalls } from '../key-order/codec-calls.js';
import { DeadlineQueue } from '../wire/deadline-queue.js';
import type { CallLimits } from '../wire/pending-call.js';
import { RESILIENCE_DEFAULTS } from '../resilience/resilience-options.js';
import { MemoryKeyScanner } from './memory-key.scanner.js';
import { MemoryLink } from './memory.link.js';
import { resolveMemoryOptions, type MemoryOptions, type ResolvedMemoryOptions } from './memory-options.js';
import { MemoryScriptHost } from './memory-script.host.js';
import { MemoryRecords, type HashRecord } from './memory-records.js';
import { bytesOf, createValueFormat, EncodedFormat, type StoredForm, type ValueFormat } from './value-format.js';

/** Only asynchronous codecs take time here: compression of large values, and key providers. */
const LIMITS: CallLimits = {
  deadlineMs: durationMs(RESILIENCE_DEFAULTS.deadline, 'resilience.deadline'),
  signal: undefined,
};

/**
 * The embedded store: a bounded `CacheStore` in the memory of the process, with the semantics of `RedisAdapter`. Values are copied on the
 * way in and out. Data survives `disconnect()` and is lost when the process exits. A call that waits for a key provider rejects with
 * DEADLINE_EXCEEDED after 500 ms; behind a `RedisAdapter` the deadline is `resilience.deadline`.
 */
export class MemoryAdapter implements CacheStore {
  readonly can: StoreCapabilities;
  private readonly options: ResolvedMemoryOptions;
  private readonly records: MemoryRecords;
  private readonly format: ValueFormat;
  private readonly calls = new CodecCalls(new DeadlineQueue());
  private readonly limits = LIMITS;
  private readonly link = new MemoryLink();

  /**
   * @param clock for tests that change the time
   * @throws RedisInfraError OPTION_INVALID with the path of the option
   */
  constructor(options?: MemoryOptions, clock?: Clock);
  /** @internal */
  constructor(options: MemoryOptions | undefined, clock: Clock | undefined, onSecurity: OnSecurity | undefined);
  constructor(
    options?: MemoryOptions,
    private readonly clock: Clock = systemClock,
    private readonly onSecurity?: OnSecurity,
  ) {
    this.options = resolveMemoryOptions(options);
    this.format = createValueFormat(this.options, onSecurity);
    this.records = new MemoryRecords(this.options, clock);
    this.can = this.capabilities(clock);
  }

  /** The capabilities of this view, with its limits and its codec. */
  private capabilities(clock: Clock): StoreCapabilities {
    const scanner = new MemoryKeyScanner(this.records, this.options.keyPrefix);
    return Object.freeze<StoreCapabilities>({
      link: this.link,
      scripts: new MemoryScriptHost((key) => this.locate(key), this.records, clock),
      keys: {
        scan: (scan) => scanner.scan(scan),
        removeAll: async (prefix) => {
          this.check();
          return this.removeAll(this.options.keyPrefix + prefix);
        },
      },
      codec: {
        with: (encoding: CodecOptions, path?: string) => this.withCodec(encoding, path),
        bytes: (key: string) => this.bytes(key),
      },
      expiringCreation: {
        incr: async (key, amount, ttl) => this.increase(key, amount, ttlMs(ttl)),
        hset: async (key, field, value, ttl) => this.writeField(key, field, value, ttlMs(ttl)),
      },
    });
  }

  /** @internal The same store with other limits. */
  withLimits(limits: CallLimits): MemoryAdapter {
    return this.view({ limits });
  }

  /** @internal The same store with another codec. */
  withCodec(options: CodecOptions, path = 'codec', onSecurity = this.onSecurity): MemoryAdapter {
    return this.view({ format: new EncodedFormat(createCodec(options, path, onSecurity)) });
  }

  private view(overrides: object): MemoryAdapter {
    const view = Object.assign(Object.create(this) as MemoryAdapter, overrides);
    return Object.assign(view, { can: view.capabilities(this.clock) });
  }

  async connect(): Promise<void> {
    this.link.open();
  }

  async disconnect(): Promise<void> {
    this.link.close();
    this.calls.close();
  }

  async get<T>(key: string): Promise<T | undefined> {
    const fullKey = this.locate(key);
    return this.inOrder('GET', [fullKey], (remaining) => this.decoded('GET', this.readValue<T>(fullKey), remaining));
  }

  async getMany<T>(keys: readonly string[]): Promise<(T | undefined)[]> {
    const fullKeys = this.locateAll(keys);
    return this.inOrder('MGET', fullKeys, (remaining) =>
      this.decoded('MGET', allOf(mapAll(fullKeys, (key) => this.readValue<T>(key))), remaining),
    );
  }

  async set(key: string, value: unknown, ttl?: Duration): Promise<void> {
    const fullKey = this.locate(key);
    await this.writeValue(fullKey, this.pack(value, { key: fullKey }), optionalTtlMs(ttl));
  }

  async setMany(entries: readonly SetEntry[]): Promise<void> {
    checkEntries(entries);
    const writes = entries.map(({ key, value, ttl }) => ({
      fullKey: this.locate(key),
      value,
      ttl: optionalTtlMs(ttl),
    }));
    const stored = mapAll(writes, ({ fullKey, value }) => this.pack(value, { key: fullKey }));
    const results = await Promise.allSettled(
      writes.map(async ({ fullKey, ttl }, i) => this.writeValue(fullKey, stored[i] as StoredForm, ttl)),
    );
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  async delete(key: string): Promise<boolean> {
    const fullKey = this.locate(key);
    return this.inOrder('DEL', [fullKey], () => this.records.delete(fullKey));
  }

  async deleteMany(keys: readonly string[]): Promise<number> {
    const fullKeys = this.locateAll(keys);
    return this.inOrder('DEL', fullKeys, () => fullKeys.filter((key) => this.records.delete(key)).length);
  }

  async has(key: string): Promise<boolean> {
    const fullKey = this.locate(key);
    return this.inOrder('EXISTS', [fullKey], () => this.records.get(fullKey) !== undefined);
  }

  async hset(key: string, field: string, value: unknown): Promise<void> {
    await this.writeField(key, field, value, undefined);
  }

  private async writeField(key: string, field: string, value: unknown, ttl: number | undefined): Promise<void> {
    const fullKey = this.locate(key);
    checkField(field);
    const encoded = { value: this.pack(value, { key: fullKey, field }), limits: this.limits };
    await this.calls.write(fullKey, 'HSET', encoded, (stored: StoredForm) => {
      const hash = this.hash(fullKey, 'HSET') ?? {
        type: 'hash',
        fields: new Map(),
        bytes: 0,
        expiresAtMs: this.expiry(ttl),
      };
      hash.bytes += stored.bytes - (hash.fields.get(field)?.bytes ?? 0);
      hash.fields.set(field, stored);
      this.records.set(fullKey, hash);
    });
  }

  async hget<T>(key: string, field: string): Promise<T | undefined> {
    const fullKey = this.locate(key);
    checkField(field);
    return this.inOrder('HGET', [fullKey], (remaining) => {
      const stored = this.hash(fullKey, 'HGET')?.fields.get(field);
      if (stored === undefined) return undefined;
      return this.decoded('HGET', this.format.unpack(stored, { key: fullKey, field }) as T | Promise<T>, remaining);
    });
  }

  async hgetall<T>(key: string): Promise<Record<string, T>> {
    const fullKey = this.locate(key);
    return this.inOrder('HGETALL', [fullKey], async (remaining) => {
      const fields = [...(this.hash(fullKey, 'HGETALL')?.fields ?? [])];
      const values = allOf(mapAll(fields, ([field, stored]) => this.format.unpack(stored, { key: fullKey, field })));
      const decoded = await this.decoded('HGETALL', values, remaining);
      return Object.fromEntries(fields.map(([field], i) => [field, decoded[i] as T]));
    });
  }

  async hdel(key: string, ...fields: string[]): Promise<number> {
    const fullKey = this.locate(key);
    fields.forEach(checkField);
    if (fields.length === 0) return 0;
    return this.inOrder('HDEL', [fullKey], () => this.removeFields(fullKey, fields));
  }

  async expire(key: string, ttl: Duration): Promise<boolean> {
    const fullKey = this.locate(key);
    const afterMs = ttlMs(ttl);
    return this.inOrder('PEXPIRE', [fullKey], () => {
      const record = this.records.get(fullKey);
      if (record !== undefined) record.expiresAtMs = this.expiry(afterMs);
      return record !== undefined;
    });
  }

  async ttl(key: string): Promise<number | null | undefined> {
    const fullKey = this.locate(key);
    const record = await this.inOrder('PTTL', [fullKey], () => this.records.get(fullKey));
    if (record === undefined) return undefined;
    return record.expiresAtMs === Infinity ? null : (record.expiresAtMs - this.clock.monotonicMs()) / 1000;
  }

  async incr(key: string, amount = 1): Promise<number> {
    return this.increase(key, amount, undefined);
  }

  private async increase(key: string, amount: number, ttl: number | undefined): Promise<number> {
    const fullKey = this.locate(key);
    checkAmount(amount);
    return this.inOrder('INCR', [fullKey], () => this.addToCounter(fullKey, amount, ttl));
  }

  async clear(options: ClearOptions = {}): Promise<number> {
    this.check();
    const { keyPrefix } = this.options;
    checkClear(options, keyPrefix);
    return this.removeAll(keyPrefix);
  }

  /** @throws RedisInfraError CLOSED after `disconnect()`; DEADLINE_EXCEEDED once the signal is aborted */
  private check(): void {
    const { signal } = this.limits;
    if (signal?.aborted === true) {
      throw new RedisInfraError('DEADLINE_EXCEEDED', 'the call was aborted by the signal of its caller', {
        cause: signal.reason,
      });
    }
    this.link.check();
  }

  /** Runs the call when no earlier call on these keys is waiting for the codec. */
  private async inOrder<R>(
    label: string,
    fullKeys: readonly string[],
    call: (remaining: CallLimits) => R | Promise<R>,
  ): Promise<R> {
    return this.calls.inOrder(fullKeys, label, this.limits, call);
  }

  private decoded<T>(label: string, value: T | Promise<T>, limits: CallLimits): T | Promise<T> {
    return value instanceof Promise ? this.calls.decoding(label, value, limits) : value;
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

  private removeAll(prefix: string): Promise<number> {
    return this.calls.order.afterEverything(
      () => [...this.records.keys()].filter((key) => key.startsWith(prefix) && this.records.delete(key)).length,
    );
  }

  private async bytes(key: string): Promise<Buffer | undefined> {
    const fullKey = this.locate(key);
    const record = await this.inOrder('GET', [fullKey], () => this.records.get(fullKey));
    return record?.type === 'value' ? Buffer.from(bytesOf(record.stored)) : undefined;
  }

  private readValue<T>(fullKey: string): T | undefined | Promise<T | undefined> {
    const record = this.records.get(fullKey);
    return record?.type === 'value'
      ? (this.format.unpack(record.stored, { key: fullKey }) as T | Promise<T>)
      : undefined;
  }

  private pack(value: unknown, at: ValuePlace): StoredForm | Promise<StoredForm> {
    checkStorable(value);
    return this.format.pack(value, at);
  }

  private writeValue(
    fullKey: string,
    stored: StoredForm | Promise<StoredForm>,
    ttl: number | undefined,
  ): void | Promise<void> {
    return this.calls.write(fullKey, 'SET', { value: stored, limits: this.limits }, (packed: StoredForm) =>
      this.records.set(fullKey, { type: 'value', stored: packed, expiresAtMs: this.expiry(ttl) }),
    );
  }

  private removeFields(fullKey: string, fields: readonly string[]): number {
    const hash = this.hash(fullKey, 'HDEL');
    if (hash === undefined) return 0;
    let removed = 0;
    for (const field of fields) {
      hash.bytes -= hash.fields.get(field)?.bytes ?? 0;
      if (hash.fields.delete(field)) removed++;
    }
    if (hash.fields.size === 0) this.records.delete(fullKey);
    else this.records.set(fullKey, hash);
    return removed;
  }

  private addToCounter(fullKey: string, amount: number, ttl: number | undefined): number {
    const record = this.records.get(fullKey);
    const start = this.format.packCount(0);
    const before = this.format.count(record?.type === 'value' ? record.stored : start);
    if (before === undefined || (record !== undefined && record.type !== 'value'))
      throw wrongType('INCR', 'a whole number');
    const after = before + amount;
    if (Math.abs(after) > MAX_COUNT) throw countTooLarge();
    const stored = this.format.packCount(after);
    this.records.set(fullKey, { type: 'value', stored, expiresAtMs: record?.expiresAtMs ?? this.expiry(ttl) });
    return after;
  }

  private expiry(ttl: number | undefined): number {
    return ttl === undefined ? Infinity : this.clock.monotonicMs() + ttl;
  }

  private hash(fullKey: string, command: string): HashRecord | undefined {
    const record = this.records.get(fullKey);
    if (record !== undefined && record.type !== 'hash') throw wrongType(command, 'a hash');
    return record;
  }
}
