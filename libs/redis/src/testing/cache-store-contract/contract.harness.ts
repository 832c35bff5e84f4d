import assert from 'node:assert/strict';
import { checkOptions } from '../../common/options.js';
import type { CacheStore } from '../../domain/cache-store.js';

/** What a contract suite needs of a test runner: Vitest, Jest and `node:test` all have it. */
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
   * A new store under that key prefix. Stores made with different prefixes look at the same data (one server, one memory).
   * The suite connects and disconnects what it makes.
   */
  readonly createStore: (keyPrefix: string) => CacheStore | Promise<CacheStore>;
  /** Writes bytes behind the store's back, for the stores that read what others wrote. @default those tests are left out */
  readonly writeRaw?: ((physicalKey: string, bytes: Buffer) => Promise<void>) | undefined;
  /** Has every server forget its scripts (SCRIPT FLUSH), for stores that run scripts: order is kept all the same. @default servers keep them */
  readonly forgetScripts?: (() => Promise<void>) | undefined;
}

/** What the groups of the suite share: fresh keys, one connected store, and checks of coded errors. */
export interface Contract extends TestRunner {
  readonly options: CacheStoreContractOptions;
  readonly prefix: string;
  readonly store: () => CacheStore;
  readonly freshKey: () => string;
}

export function contract(runner: TestRunner, options: CacheStoreContractOptions): Contract {
  // A misspelt name would leave tests out.
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
      assert(store !== undefined, 'the store is made before the tests run');
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

/** Waits until a condition holds; fails after the time given. */
export async function eventually(condition: () => Promise<boolean> | boolean, withinMs = 3000): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await condition())) {
    assert(performance.now() < end, `the condition did not hold within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
