import type { Duration } from '../../common/duration.js';
import { SYSTEM_ENVIRONMENT, type Environment } from '../../common/time/environment.js';
import { isPlainObject, join, optionInvalid } from '../../common/options.js';
import type { On } from '../../common/typed-emitter.js';
import { ApplicationTypes } from '../../domain/codec/json/application-types.js';
import type { CacheStore, CallOptions, ClearOptions, SetEntry, StoreCapabilities } from '../../domain/cache-store.js';
import { checkEntries, checkField, checkKey, checkKeys } from '../../domain/models/cache-key.js';
import { checkAmount } from '../../domain/models/counter.js';
import { withCallLimits } from '../../domain/models/call-limits.js';
import { requireStore } from '../../domain/models/is-store.js';
import { replaceCapabilities } from '../../domain/models/store-capabilities.js';
import { checkStorable } from '../../domain/models/stored-value.js';
import { optionalTtlMs, ttlMs } from '../../domain/models/time-to-live.js';
import type { FallbackEvents, FallbackStatus } from '../../domain/store-fallback.js';
import { fallbackCapabilities } from './fallback-capabilities.js';
import { resolveFallbackOptions, type FallbackOptions } from './fallback-options.js';
import { FallbackState } from './fallback-state.js';
import { JournalFile } from './journal/journal-file.js';
import type { JournalStorage } from './journal/journal-storage.js';
import { Recovery } from './recovery/recovery.js';
import { FallbackValues } from './values/fallback-values.js';

/** @internal What tests and `CacheService` set. */
export interface FallbackInternals {
  readonly environment?: Environment | undefined;
  readonly storage?: JournalStorage | undefined;
  /** The path of the options, for errors. */
  readonly path?: string | undefined;
}

/** What a view shares with the fallback that it was made from. */
interface SharedParts {
  readonly state: FallbackState;
  readonly recovery: Recovery;
  /** The application types of the codec. */
  readonly types: ApplicationTypes;
}

/**
 * A store that continues while its primary store is unavailable. Reads return copies in memory, at most `maxStale` after
 * the primary store confirmed them. Writes, deletes and invalidations go into a journal, which is applied when the
 * primary store is back. What has no honest answer rejects with UNSUPPORTED_WHILE_DOWN: `incr`, `hset`, `hget`,
 * `hgetall`, `hdel`, `expire`, and `has` and `ttl` without a copy.
 * @see docs/decisions/0047-fallback-while-redis-is-unavailable.md
 */
export class FallbackCache implements CacheStore {
  /** Subscribes a handler to one event. Returns the function that unsubscribes it. */
  readonly on: On<FallbackEvents>;
  private readonly state: FallbackState;
  private readonly recovery: Recovery;
  private readonly types: ApplicationTypes;
  /** Created on demand, as the capabilities are: `with()` makes a view for each call. */
  private methods: FallbackValues | undefined = undefined;
  private readonly isAborted: () => boolean;
  private wasDisconnected = false;
  private capabilities: StoreCapabilities | undefined = undefined;

  /**
   * @param primary the store that holds the values
   * @throws RedisInfraError OPTION_INVALID
   */
  constructor(primary: CacheStore, options?: FallbackOptions);
  /** @internal */
  constructor(primary: CacheStore, options: FallbackOptions | undefined, internals: FallbackInternals);
  /** @internal A view of another fallback. */
  constructor(primary: CacheStore, options: SharedParts, internals: Pick<CallOptions, 'signal'>);
  constructor(
    private readonly primary: CacheStore,
    options: FallbackOptions | SharedParts = {},
    private readonly internals: FallbackInternals & Pick<CallOptions, 'signal'> = {},
  ) {
    const { state, recovery, types } = isShared(options) ? options : createShared(primary, options, internals);
    this.state = state;
    this.types = types;
    this.recovery = recovery;
    this.on = state.events.on;
    this.isAborted = () => internals.signal?.aborted === true;
  }

  /** The capabilities of the primary store; its entries and its feed with the fallback. */
  get can(): StoreCapabilities {
    return (this.capabilities ??= fallbackCapabilities({
      primary: this.primary,
      state: this.state,
      values: () => this.values,
      types: this.types,
      isAborted: this.isAborted,
      status: () => this.status(),
      viewOf: (primary) => this.view(primary, this.internals.signal, typesOf(primary)),
    }));
  }

  /** @internal An object that inherits from a store may have other capabilities, or none. */
  set can(capabilities: StoreCapabilities | undefined) {
    replaceCapabilities(this, capabilities);
  }

  /** What is known of an outage now. Reads fields, and sends no command. */
  status(): FallbackStatus {
    const { outage, copies, journal } = this.state;
    return { active: outage.isActive, entries: copies.size, journal: journal.size, since: outage.since };
  }

  /**
   * Connects the primary store and applies what the journal holds. Rejects like the primary store if that is not
   * available, and connects in the background.
   */
  async connect(): Promise<void> {
    const { state } = this;
    await state.open();
    // Anything may have happened to the server since the last connection.
    if (this.wasDisconnected) state.outage.lost();
    this.wasDisconnected = false;
    this.recovery.start();
    await this.primary.connect();
    await this.recovery.attempt();
  }

  /** Disconnects the primary store. What is in the journal stays there: in memory, or in the file. */
  async disconnect(): Promise<void> {
    this.wasDisconnected = true;
    await this.recovery.stop();
    await this.primary.disconnect();
    await this.state.journal.close();
  }

  /**
   * The same store with limits for each call.
   * @throws RedisInfraError UNSUPPORTED if the primary store has no `with()`; OPTION_INVALID
   */
  with(call: CallOptions): FallbackCache {
    return this.view(withCallLimits(this.primary, call), call.signal ?? this.internals.signal, this.types);
  }

  async get<T>(key: string): Promise<T | undefined> {
    checkKey(key);
    return this.values.get<T>(key);
  }

  async getMany<T>(keys: readonly string[]): Promise<(T | undefined)[]> {
    checkKeys(keys);
    return this.values.getMany<T>(keys);
  }

  async set(key: string, value: unknown, ttl?: Duration): Promise<void> {
    await this.setMany([{ key, value, ttl }]);
  }

  async setMany(entries: readonly SetEntry[]): Promise<void> {
    checkEntries(entries);
    const writes = entries.map(({ key, value, ttl }) => {
      checkKey(key);
      checkStorable(value);
      return { key, value, meta: undefined, ttlMs: optionalTtlMs(ttl) };
    });
    await this.values.setMany(entries, writes);
  }

  async delete(key: string): Promise<boolean> {
    checkKey(key);
    return this.values.delete(key);
  }

  async deleteMany(keys: readonly string[]): Promise<number> {
    checkKeys(keys);
    return this.values.deleteMany(keys);
  }

  async has(key: string): Promise<boolean> {
    checkKey(key);
    return this.values.has(key);
  }

  async ttl(key: string): Promise<number | null | undefined> {
    checkKey(key);
    return this.values.ttl(key);
  }

  async clear(options?: ClearOptions): Promise<number> {
    return this.values.clear(options);
  }

  async hset(key: string, field: string, value: unknown): Promise<void> {
    checkKey(key);
    checkField(field);
    checkStorable(value);
    return this.values.changeOrRefuse('hset', key, () => this.primary.hset(key, field, value));
  }

  async hget<T>(key: string, field: string): Promise<T | undefined> {
    checkKey(key);
    checkField(field);
    return this.values.readOrRefuse('hget', key, () => this.primary.hget<T>(key, field), undefined);
  }

  async hgetall<T>(key: string): Promise<Record<string, T>> {
    checkKey(key);
    return this.values.readOrRefuse('hgetall', key, () => this.primary.hgetall<T>(key), {});
  }

  async hdel(key: string, ...fields: string[]): Promise<number> {
    checkKey(key);
    fields.forEach(checkField);
    return this.values.changeOrRefuse('hdel', key, () => this.primary.hdel(key, ...fields));
  }

  async expire(key: string, ttl: Duration): Promise<boolean> {
    checkKey(key);
    ttlMs(ttl);
    return this.values.changeOrRefuse('expire', key, () => this.primary.expire(key, ttl));
  }

  async incr(key: string, amount = 1): Promise<number> {
    checkKey(key);
    checkAmount(amount);
    return this.values.changeOrRefuse('incr', key, () => this.primary.incr(key, amount));
  }

  private get values(): FallbackValues {
    const { primary, state, types, isAborted } = this;
    return (this.methods ??= new FallbackValues({ primary, state, types, isAborted }));
  }

  private view(primary: CacheStore, signal: AbortSignal | undefined, types: ApplicationTypes): FallbackCache {
    return new FallbackCache(primary, { state: this.state, recovery: this.recovery, types }, { signal });
  }
}

function isShared(options: FallbackOptions | SharedParts): options is SharedParts {
  return isPlainObject(options) && 'state' in options && options.state instanceof FallbackState;
}

function createShared(
  primary: CacheStore,
  options: FallbackOptions,
  { environment = SYSTEM_ENVIRONMENT, storage, path = '' }: FallbackInternals,
): SharedParts {
  requireStore(primary, 'primary');
  if (primary.can?.fallback !== undefined) throw optionInvalid('primary', 'has a fallback already');
  const resolved = resolveFallbackOptions(options, path);
  const { journalFile } = resolved;
  const state = new FallbackState({
    options: resolved,
    environment,
    storage:
      storage ??
      (journalFile === undefined
        ? undefined
        : new JournalFile({ path: journalFile, option: join(path, 'journalFile'), environment })),
    onOutage: () => recovery.begin(),
  });
  const recovery = new Recovery(primary, state);
  recovery.start();
  return { state, recovery, types: typesOf(primary) };
}

function typesOf({ can }: CacheStore): ApplicationTypes {
  return new ApplicationTypes(can?.codec?.types);
}
