import type { EntryStore } from '../../../domain/entry-store.js';
import type { KeyOrder } from '../../../adapters/key-order/key-order.js';
import type { LocalLoads } from './local-loads.js';

/** What the entries of all views of one store share. */
export interface LocalState {
  /** Keeps leases and versions, and no values. */
  readonly leases: EntryStore;
  readonly loads: LocalLoads;
  /** The newest floor of each namespace whose sweep keeps counters and hashes, by the prefix of the namespace. */
  readonly dataFloors: Map<string, number>;
  /** Calls on a key run one after another. */
  readonly order: KeyOrder;
  /** The time, in whole milliseconds since 1970. */
  readonly nowMs: () => number;
}
