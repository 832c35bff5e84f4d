import assert from 'node:assert/strict';
import { systemClock } from '../../common/clock.js';
import { checkOptions } from '../../common/options.js';
import type { CacheStore } from '../../domain/cache-store.js';

/** The functions that a contract suite needs from a test runner. Vitest, Jest and `node:test` have them. */
export interface TestRunner {
  /** Declares a test. */
  readonly test: (name: string, run: () => Promise<void>) => unknown;
  /** Runs before all tests. */
  readonly before: (run: () => Promise<void>) => unknown;
  /** Runs after all tests. */
  readonly after: (run: () => Promise<void>) => unknown;
}

/** Options of `cacheStoreContract`. */
export interface CacheStoreContractOptions {
  /**
   * Creates a store with that key prefix. All stores must share the same data (one server, one memory). The suite
   * connects and disconnects them.
   */
  readonly createStore: (keyPrefix: string) => CacheStore | Promise<CacheStore>;
  /** Writes bytes without the store, for stores that read values of other writers. @default those tests are skipped */
  readonly writeRaw?: ((physicalKey: string, bytes: Buffer) => Promise<void>) | undefined;
  /**
   * Removes all cached scripts from the servers (SCRIPT FLUSH), to test the order of calls without them.
   * @default scripts stay cached
   */
  readonly forgetScripts?: (() => Promise<void>) | undefined;
}

/** The store as a caller without type checks sees it: the arguments may have any type. */
export interface UntypedStore {
  get(key: unknown): Promise<unknown>;
  getMany(keys: readonly unknown[]): Promise<unknown>;
  set(key: unknown, value: unknown, ttl?: unknown): Promise<void>;
  setMany(entries: readonly unknown[]): Promise<void>;
  delete(key: unknown): Promise<boolean>;
  deleteMany(keys: readonly unknown[]): Promise<number>;
  has(key: unknown): Promise<boolean>;
  hset(key: unknown, field: unknown, value: unknown): Promise<void>;
  hget(key: unknown, field: unknown): Promise<unknown>;
  hgetall(key: unknown): Promise<unknown>;
  hdel(key: unknown, ...fields: unknown[]): Promise<number>;
  expire(key: unknown, ttl: unknown): Promise<boolean>;
  ttl(key: unknown): Promise<unknown>;
  incr(key: unknown, amount?: unknown): Promise<number>;
  clear(options?: unknown): Promise<number>;
}

/** The parts that all groups of the suite share: the runner, a connected store, fresh keys. */
export interface Contract extends TestRunner {
  readonly options: CacheStoreContractOptions;
  readonly prefix: string;
  readonly store: () => CacheStore;
  readonly freshKey: () => string;
}

export function contract(runner: TestRunner, options: CacheStoreContractOptions): Contract {
  // A misspelt name would skip tests silently.
  checkOptions(options, ['createStore', 'writeRaw', 'forgetScripts'], '');
  const prefix = `contract:${process.pid}:${Math.random().toString(36).slice(2)}:`;
  let store: CacheStore | undefined;
  let keys = 0;
  runner.before(async () => {
    store = await options.createStore(prefix);
    await store.connect();
  });
  runner.after(async () => {
    await store?.clear();
    await store?.disconnect();
  });
  return {
    ...runner,
    options,
    prefix,
    store: () => {
      assert(store !== undefined, 'the store does not exist before the tests run');
      return store;
    },
    freshKey: () => `key-${++keys}`,
  };
}

/** Passes if the call rejects with that code. */
export async function rejectsWith(code: string, call: () => Promise<unknown>): Promise<Error> {
  const error = await call().then(
    (value) => assert.fail(`expected ${code}, but the call resolved with ${typeof value}`),
    (reason: unknown) => reason,
  );
  assert(error instanceof Error && 'code' in error, `expected ${code}, got ${String(error)}`);
  assert.equal(error.code, code, `expected ${code}, got ${String(error.code)}: ${error.message}`);
  return error;
}

/** Waits until a condition holds. Fails after `withinMs`. */
export async function eventually(condition: () => Promise<boolean> | boolean, withinMs = 3000): Promise<void> {
  const end = systemClock.monotonicMs() + withinMs;
  while (!(await condition())) {
    assert(systemClock.monotonicMs() < end, `the condition did not hold within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
