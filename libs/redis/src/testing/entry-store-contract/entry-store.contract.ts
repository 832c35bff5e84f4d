import type { TestRunner } from '../cache-store-contract/contract.harness.js';
import { entryChangeContract } from './entry-changes.contract.js';
import { entryContract, type EntryStoreContractOptions } from './entry-contract.harness.js';
import { entryReadContract } from './entry-reads.contract.js';
import { expiryContract } from './expiry.contract.js';
import { failureContract } from './failures.contract.js';
import { fenceContract } from './fences.contract.js';
import { leaseContract } from './leases.contract.js';
import { sweepContract } from './sweeps.contract.js';
import { tagContract } from './tags.contract.js';
import { versionContract } from './versions.contract.js';
import { watchContract } from './watches.contract.js';

/**
 * The contract of `EntryStore`, as tests. Run it on the entries of your own store, inside a `describe` block.
 *
 * @example
 * import { after, before, describe, test } from 'node:test';
 * describe('MyStore', () => entryStoreContract({ test, before, after }, { createStore: (prefix) => new MyStore(prefix) }));
 */
export function entryStoreContract(runner: TestRunner, options: EntryStoreContractOptions): void {
  const suite = entryContract(runner, options);
  entryReadContract(suite);
  entryChangeContract(suite);
  expiryContract(suite);
  leaseContract(suite);
  fenceContract(suite);
  failureContract(suite);
  watchContract(suite);
  versionContract(suite);
  tagContract(suite);
  sweepContract(suite);
}
