import type { AdapterStatus } from '../../adapters/redis/adapter-status.js';
import { systemClock } from '../../common/clock.js';
import type { Duration } from '../../common/duration.js';
import { checkBoolean, checkCallOptions } from '../../common/options.js';
import { SYSTEM_ENVIRONMENT, type Environment } from '../../common/time/environment.js';
import { TypedEmitter, type On } from '../../common/typed-emitter.js';
import type { RedisConnection } from '../../config/redis-connection.js';
import type { CacheStore, CallOptions, ClearOptions, SetEntry, StoreCapabilities } from '../../domain/cache-store.js';
import { checkEntries, checkField, checkKey, checkKeys } from '../../domain/models/cache-key.js';
import { withCallLimits } from '../../domain/models/call-limits.js';
import { checkClear } from '../../domain/models/clear-scope.js';
import { checkAmount } from '../../domain/models/counter.js';
import { replaceCapabilities } from '../../domain/models/store-capabilities.js';
import { checkStorable } from '../../domain/models/stored-value.js';
import { optionalTtlMs, ttlMs } from '../../domain/models/time-to-live.js';
import { slotOf } from '../../domain/placement/slots.js';
import type { MovePlan } from '../../domain/placement/topology.js';
import { ShardedChanges } from './fan-out/sharded-changes.js';
import { ShardedReads } from './fan-out/sharded-reads.js';
import { LivePlacement } from './reshard/live-placement.js';
import { planReshard } from './reshard/plan.js';
import { checkReshard, requireSlots, type ReshardOptions } from './reshard/reshard-options.js';
import { Resharder } from './reshard/resharder.js';
import { shardedCapabilities } from './sharded-capabilities.js';
import { ShardedContext } from './sharded-context.js';
import type { ShardedEvents } from './sharded-events.js';
import { resolveShardedOptions, type ShardedOptions } from './sharded-options.js';
import { connectShards, disconnectShards } from './shards/connections.js';
import { watchNetwork } from './shards/network-watch.js';
import { resolveShards, type ShardOptions } from './shards/shard-options.js';
import type { ShardSnapshot } from './shards/shard-snapshot.js';
import { ShardViews } from './shards/shard-views.js';
import { Shard } from './shards/shard.js';

/** Limits of one call of a `ShardedCache`. */
export interface ShardedCallOptions extends CallOptions {
  /** Whether `getMany` rejects if a shard did not answer. @default the option `strict` of the cache */
  readonly strict?: boolean | undefined;
}

const CALL_OPTIONS = ['deadline', 'signal', 'strict'] as const satisfies readonly (keyof ShardedCallOptions)[];

/** Where a key is. */
export interface KeyLocation {
  /** The id of the shard that owns the key. */
  readonly shard: string;
  /** The slot of the key, as `CLUSTER KEYSLOT` returns it: 0 to 16383. */
  readonly slot: number;
}

/**
 * Several independent Redis servers, Sentinel groups or Clusters as one store. A key is on one shard, which is a pure
 * function of the key (with its prefix) and of the ids and weights of the shards. Keys with the same hash tag, as in
 * `{user:7}:name`, are on the same shard.
 *
 * Each shard has connections, circuits, a fallback and a journal of its own. A shard that is unavailable affects only
 * its keys, and keys never move because of it.
 *
 * @example
 * const cache = new ShardedCache([
 *   { id: 'eu-1', connection: 'redis://10.0.0.1' },
 *   { id: 'eu-2', connection: 'redis://10.0.0.2', weight: 2 },
 * ]);
 * await cache.connect();
 * await cache.set('user:123', { name: 'John' }, '2h');
 */
export class ShardedCache implements CacheStore {
  /** Subscribes a handler to one event. Returns the function that unsubscribes it. */
  readonly on: On<ShardedEvents>;
  private readonly context: ShardedContext;
  private readonly reads: ShardedReads;
  private readonly changes: ShardedChanges;
  private capabilities: StoreCapabilities | undefined = undefined;

  /**
   * @param shards a connection each, or `{ id, connection, weight }`. The id of a connection alone is its address.
   * @throws RedisInfraError OPTION_INVALID with the path of the option
   */
  constructor(shards: readonly (RedisConnection | ShardOptions)[], options?: ShardedOptions);
  /** @internal */
  constructor(shards: readonly ShardOptions[], options: ShardedOptions | undefined, environment: Environment);
  /** @internal A view. */
  constructor(context: ShardedContext);
  constructor(
    source: readonly (RedisConnection | ShardOptions)[] | ShardedContext,
    options?: ShardedOptions,
    environment: Environment = SYSTEM_ENVIRONMENT,
  ) {
    this.context = source instanceof ShardedContext ? source : openShards(source, options, environment);
    this.on = this.context.state.events.on;
    this.reads = new ShardedReads(this.context);
    this.changes = new ShardedChanges(this.context);
  }

  /** The capabilities of the shards, routed by key. */
  get can(): StoreCapabilities {
    return (this.capabilities ??= shardedCapabilities(this.context, (context) => new ShardedCache(context)));
  }

  /** @internal An object that inherits from a store may have other capabilities, or none. */
  set can(capabilities: StoreCapabilities | undefined) {
    replaceCapabilities(this, capabilities);
  }

  /** Returns where a key is. Sends no command. @throws RedisInfraError KEY_INVALID */
  locate(key: string): KeyLocation {
    checkKey(key);
    return { shard: this.context.ownerOf(key).id, slot: slotOf(this.context.fullKey(key)) };
  }

  /** The state of each shard, by its id. Sends no command. */
  status(): Readonly<Record<string, AdapterStatus>> {
    return Object.fromEntries(this.context.shards.map((shard) => [shard.id, shard.status()]));
  }

  /** @internal The state of each shard, and its counts since this process uses it. */
  snapshots(): readonly ShardSnapshot[] {
    const { shares } = this.context.state.placement;
    return this.context.shards.map((shard) => shard.snapshot(shares.get(shard.id) ?? 0));
  }

  /** Returns `status()`, and nothing of the connections, which contain the passwords. */
  toJSON(): Readonly<Record<string, AdapterStatus>> {
    return this.status();
  }

  /** @internal */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    const states = Object.entries(this.status()).map(([id, { state }]) => `${id}: ${state}`);
    return `ShardedCache (${states.join(', ')})`;
  }

  /**
   * Connects all shards in parallel. Resolves when each has answered or failed: a shard that is unavailable connects in the
   * background.
   * @throws RedisInfraError OPTION_INVALID; with `failFast` also the error of a shard that is unavailable
   */
  connect(): Promise<void> {
    return connectShards(this.context.state);
  }

  /** Disconnects all shards. Calls, also of `reshard()`, reject with CLOSED until `connect()`. */
  disconnect(): Promise<void> {
    return disconnectShards(this.context.state);
  }

  /**
   * Returns what a change to these shards moves. Sends no command, and changes nothing.
   * @throws RedisInfraError OPTION_INVALID, also with `locator: 'ketama'`
   */
  plan(next: readonly (RedisConnection | ShardOptions)[]): MovePlan {
    const { placement, options } = this.context.state;
    return planReshard(placement.lists, resolveShards(next, 'next'), options.locator);
  }

  /**
   * Changes the shards while processes use them, in three phases. Each phase is entered by all processes before the next:
   * call it at the start of each process that is created with the shards before, or later.
   * 1. Reads and writes the owner of a key before the change. Resolves when the new owners have no leftovers.
   * 2. Reads and writes the owner after the change.
   * 3. Uses the new shards only. Processes may be created with them from now on.
   *
   * In phase 1 and 2 each change of a key that moves also removes it from its other owner, so that processes of
   * neighbouring phases never read an older value. Moved keys start cold; moved counters and hashes start again. The shards
   * that were used before keep their connections, even if `next` has other addresses for them.
   *
   * The call is repeated after an interruption. `reshard` with the shards before, in phase 1 to 3, goes back.
   * @param next all shards after the change
   * @throws RedisInfraError OPTION_INVALID if another phase has to come first, processes are still in a phase that must not
   * run beside this one, keys move to other shards, or `locator` is 'ketama'; the error of a shard that is unavailable;
   * COMMAND_FAILED (retryable) if other processes change the phase at the same time
   * @see docs/decisions/0054-resharding-in-phases.md
   */
  async reshard(next: readonly (RedisConnection | ShardOptions)[], options: ReshardOptions): Promise<void> {
    const { resharder, options: resolved } = this.context.state;
    requireSlots(resolved.locator);
    const phase = checkReshard(options, resolved.resolvedAdapter.keyPrefix);
    return resharder.reshard(resolveShards(next, 'next'), phase);
  }

  /**
   * The same store with limits for each call: `cache.with({ deadline: '50ms', strict: true }).getMany(keys)`.
   * @throws RedisInfraError OPTION_INVALID
   */
  with(call: ShardedCallOptions): ShardedCache {
    checkCallOptions(call, CALL_OPTIONS, 'call');
    const { strict, ...limits } = call;
    const { context } = this;
    const isStrict = checkBoolean(strict ?? context.strict, 'call.strict');
    const derived = context.derive((store) => withCallLimits(store, limits), isStrict, limits.signal);
    // Creates one view, which checks the limits; the others are created when they are used.
    const [first] = context.shards;
    if (first !== undefined) derived.views.of(first);
    return new ShardedCache(derived);
  }

  get<T>(key: string): Promise<T | undefined> {
    try {
      checkKey(key);
      return this.reads.get<T>(key);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Reads the keys of all shards in parallel, within one deadline. The keys of a shard that does not answer are undefined,
   * or copies of its fallback, and `partial` is emitted.
   * @throws PartialResultError if a shard does not answer and `strict` is true
   */
  async getMany<T>(keys: readonly string[]): Promise<(T | undefined)[]> {
    checkKeys(keys);
    return this.reads.getMany<T>(keys);
  }

  async set(key: string, value: unknown, ttl?: Duration): Promise<void> {
    checkKey(key);
    optionalTtlMs(ttl);
    checkStorable(value);
    return this.changes.change(key, (store) => store.set(key, value, ttl));
  }

  /**
   * Stores the entries of all shards in parallel, within one deadline. Not atomic: if it rejects, the entries of some shards
   * are stored.
   * @throws PartialResultError if some shards do not store their entries
   */
  async setMany(entries: readonly SetEntry[]): Promise<void> {
    checkEntries(entries);
    for (const { key, value, ttl } of entries) {
      checkKey(key);
      optionalTtlMs(ttl);
      checkStorable(value);
    }
    return this.changes.setMany(entries);
  }

  async delete(key: string): Promise<boolean> {
    checkKey(key);
    return this.changes.change(key, (store) => store.delete(key));
  }

  /**
   * Removes the keys of all shards in parallel, within one deadline.
   * @throws PartialResultError if some shards do not remove their keys
   */
  async deleteMany(keys: readonly string[]): Promise<number> {
    checkKeys(keys);
    return this.changes.deleteMany(keys);
  }

  async has(key: string): Promise<boolean> {
    checkKey(key);
    return this.context.storeOf(key).has(key);
  }

  async hset(key: string, field: string, value: unknown): Promise<void> {
    checkKey(key);
    checkField(field);
    checkStorable(value);
    return this.changes.change(key, (store) => store.hset(key, field, value));
  }

  async hget<T>(key: string, field: string): Promise<T | undefined> {
    checkKey(key);
    return this.context.storeOf(key).hget<T>(key, field);
  }

  async hgetall<T>(key: string): Promise<Record<string, T>> {
    checkKey(key);
    return this.context.storeOf(key).hgetall<T>(key);
  }

  async hdel(key: string, ...fields: string[]): Promise<number> {
    checkKey(key);
    fields.forEach(checkField);
    return this.changes.change(key, (store) => store.hdel(key, ...fields));
  }

  async expire(key: string, ttl: Duration): Promise<boolean> {
    checkKey(key);
    ttlMs(ttl);
    return this.changes.change(key, (store) => store.expire(key, ttl));
  }

  async ttl(key: string): Promise<number | null | undefined> {
    checkKey(key);
    return this.context.storeOf(key).ttl(key);
  }

  async incr(key: string, amount = 1): Promise<number> {
    checkKey(key);
    checkAmount(amount);
    return this.changes.change(key, (store) => store.incr(key, amount));
  }

  /**
   * Removes every key under the prefix on all shards, and returns how many. `cleared` reports each shard. A shard that is
   * unavailable is cleared when it returns, if it has a fallback. The stamps of the shards stay, and so do the
   * registrations of processes while keys move.
   * @throws PartialResultError if a shard without a fallback is unavailable
   */
  async clear(options: ClearOptions = {}): Promise<number> {
    checkClear(options, this.context.state.options.resolvedAdapter.keyPrefix);
    return this.changes.clear(options);
  }
}

function openShards(
  list: readonly (RedisConnection | ShardOptions)[],
  given: ShardedOptions | undefined,
  environment: Environment,
): ShardedContext {
  const options = resolveShardedOptions(given);
  const shards = resolveShards(list);
  const events = new TypedEmitter<ShardedEvents>();
  const { locator } = options;
  const placement = new LivePlacement({
    shards,
    locator,
    create: (shard, source) => new Shard(shard, { options, placement: source, events, environment }),
  });
  watchNetwork(() => placement.shards.length, events, systemClock);
  const resharder = new Resharder({ placement, options, events, timers: environment.timers });
  const state = { options, placement, resharder, events, newest: { version: 0 } };
  return new ShardedContext(state, new ShardViews(), options.strict, undefined);
}
