import assert from 'node:assert/strict';
import { checkOneOf, checkOptions, join } from '../../common/options.js';
import type { CacheStore } from '../../domain/cache-store.js';
import type { EntryStore, LeaseRequest, VersionScope } from '../../domain/entry-store.js';
import type { EntryMeta } from '../../domain/value-codec.js';
import { eventually, type TestRunner } from '../cache-store-contract/contract.harness.js';

/**
 * A guarantee that an `EntryStore` may lack:
 * - `meta`: values are stored without their meta, and a flush removes every value of the namespace.
 * - `tags`: tags cannot be invalidated.
 * - `clear`: `clear()` of the store does not remove leases and versions.
 * - `scan`: keys cannot be scanned, and a sweep removes every value of the store.
 * - `clock`: all keys of a root have the same versions. In a store with shards they have those of their shard.
 */
export type EntryStoreFeature = 'meta' | 'tags' | 'clear' | 'scan' | 'clock';

const FEATURES = ['meta', 'tags', 'clear', 'scan', 'clock'] as const satisfies readonly EntryStoreFeature[];

/** Options of `entryStoreContract`. */
export interface EntryStoreContractOptions {
  /** Creates a store with that key prefix. The suite connects and disconnects it. */
  readonly createStore: (keyPrefix: string) => CacheStore | Promise<CacheStore>;
  /** Returns the entries of a store. Called once for each store. @default `store.can.entries` */
  readonly entriesOf?: ((store: CacheStore) => EntryStore) | undefined;
  /**
   * Creates a second store over the data of the first, as another process would.
   * @default the tests of two stores are left out
   */
  readonly createPeer?: ((keyPrefix: string, store: CacheStore) => CacheStore | Promise<CacheStore>) | undefined;
  /** Moves the clock of the store forward by milliseconds. @default the store uses real time */
  readonly advance?: ((ms: number) => void) | undefined;
  /** The guarantees that the store does not give; their tests are left out. @default none */
  readonly lacks?: readonly EntryStoreFeature[] | undefined;
}

/** The parts that all groups of the suite share. */
export interface EntryContract extends TestRunner {
  readonly options: EntryStoreContractOptions;
  readonly prefix: string;
  readonly store: () => CacheStore;
  readonly entries: () => EntryStore;
  /** The second store, if there is one. */
  readonly peer: (() => EntryStore) | undefined;
  readonly has: (feature: EntryStoreFeature) => boolean;
  /** A root namespace of its own for each test. */
  readonly freshScope: () => VersionScope;
  readonly freshKey: (scope?: VersionScope) => string;
  /** Takes the lease of a key for a new load and returns its token. */
  readonly take: (key: string, request?: Partial<LeaseRequest>) => Promise<string>;
  /** Waits until a condition holds that depends on the passing of `ms` milliseconds. */
  readonly afterMs: (ms: number, condition: () => Promise<boolean>) => Promise<void>;
}

/** Opens the stores of the suite before its tests and closes them afterwards. */
export function entryContract(runner: TestRunner, options: EntryStoreContractOptions): EntryContract {
  // A misspelt name would leave out tests silently.
  checkOptions(options, ['createStore', 'entriesOf', 'createPeer', 'advance', 'lacks'], '');
  const { createStore, createPeer, advance, lacks = [] } = options;
  lacks.forEach((feature, i) => checkOneOf(feature, join('lacks', String(i)), FEATURES));
  const prefix = `contract:${process.pid}:${Math.random().toString(36).slice(2)}:`;
  const opened: { store?: CacheStore; entries?: EntryStore; peer?: CacheStore; peerEntries?: EntryStore } = {};
  let counted = 0;
  runner.before(async () => {
    opened.store = await createStore(prefix);
    opened.entries = entriesOf(opened.store, options);
    if (createPeer !== undefined) {
      opened.peer = await createPeer(prefix, opened.store);
      opened.peerEntries = entriesOf(opened.peer, options);
    }
    await Promise.all([opened.store.connect(), opened.peer?.connect()]);
  });
  runner.after(async () => {
    await opened.store?.clear();
    await Promise.all([opened.store?.disconnect(), opened.peer?.disconnect()]);
  });
  const entries = (): EntryStore => existing(opened.entries);
  const freshScope = (): VersionScope => ({ prefixes: [`root-${++counted}:`] });
  return {
    ...runner,
    options,
    prefix,
    store: () => existing(opened.store),
    entries,
    peer: createPeer === undefined ? undefined : () => existing(opened.peerEntries),
    has: (feature) => !lacks.includes(feature),
    freshScope,
    freshKey: (scope = freshScope()) => `${ownPrefix(scope)}key-${++counted}`,
    take: async (key, request) => {
      const lease = leaseRequest(request);
      assert.equal((await entries().acquire(key, lease)).status, 'acquired');
      return lease.token;
    },
    afterMs: async (ms, condition) => {
      advance?.(ms);
      await eventually(condition, ms + 3000);
    },
  };
}

let tokens = 0;

/** A request for a lease by a load of its own. */
export function leaseRequest(request: Partial<LeaseRequest> = {}): LeaseRequest {
  return { token: `load-${++tokens}`, ttlMs: 30_000, clock: 1, minClock: 0, ...request };
}

/** The scope of a namespace inside the own namespace. */
export function childScope(scope: VersionScope, name: string): VersionScope {
  return { prefixes: [...scope.prefixes, `${ownPrefix(scope)}${name}::`] };
}

/** The prefix of the keys of the own namespace. */
export function ownPrefix({ prefixes }: VersionScope): string {
  return prefixes.at(-1) ?? prefixes[0];
}

/** The meta of an entry that is fresh for a minute and then stale for another. */
export function metaOf(nowMs: number, clock: number, tags?: readonly string[]): EntryMeta {
  const created = Math.floor(nowMs);
  const times = { created, freshUntil: created + 60_000, expires: created + 120_000, loadMs: 12 };
  return tags === undefined ? { ...times, clock } : { ...times, clock, tags };
}

/** The entries of a store of the suite. */
export function entriesOf(store: CacheStore, options: EntryStoreContractOptions): EntryStore {
  const entries = options.entriesOf === undefined ? store.can?.entries : options.entriesOf(store);
  assert(entries !== undefined, 'the store has no entries');
  return entries;
}

function existing<T>(value: T | undefined): T {
  assert(value !== undefined, 'the stores do not exist before the tests run');
  return value;
}
