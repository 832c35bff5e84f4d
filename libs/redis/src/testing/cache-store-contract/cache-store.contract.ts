import { clearContract } from './clear.contract.js';
import { contract, type CacheStoreContractOptions, type TestRunner } from './contract.harness.js';
import { counterContract } from './counters.contract.js';
import { foreignValueContract } from './foreign-values.contract.js';
import { hashContract } from './hashes.contract.js';
import { keyContract } from './keys.contract.js';
import { lifecycleContract } from './lifecycle.contract.js';
import { orderContract } from './order.contract.js';
import { timeToLiveContract } from './time-to-live.contract.js';
import { valueContract } from './values.contract.js';

/**
 * The contract of `CacheStore`, as tests. Run it on your own store, inside a `describe` block.
 *
 * @example
 * import { after, before, describe, test } from 'node:test';
 * describe('MyStore', () => cacheStoreContract({ test, before, after }, { createStore: (prefix) => new MyStore(prefix) }));
 */
export function cacheStoreContract(runner: TestRunner, options: CacheStoreContractOptions): void {
  const suite = contract(runner, options);
  valueContract(suite);
  keyContract(suite);
  timeToLiveContract(suite);
  hashContract(suite);
  counterContract(suite);
  orderContract(suite);
  clearContract(suite);
  lifecycleContract(suite);
  foreignValueContract(suite);
}
