import { MemoryAdapter } from '../../../adapters/memory.adapter.js';
import { KeyOrder } from '../../../adapters/key-order/key-order.js';
import { steadyTime, type Clock } from '../../../common/clock.js';
import type { CacheStore } from '../../../domain/cache-store.js';
import type { EntryStore } from '../../../domain/entry-store.js';
import { LocalLoads } from './local-loads.js';
import type { LocalState } from './local-state.js';
import { PlainEntries } from './plain-entries.js';

/** The maximum number of leases and of failed keys. Beyond it the oldest are forgotten, and more loads run. */
const MAX_LEASES = 10_000;

/**
 * Entries over a store that keeps plain values only. Leases, versions and failures are in the memory of this process,
 * so its guarantees hold within the process. Values have no meta, so there are no stale windows and no tags, and a
 * flush removes every value of the namespace.
 */
export class LocalEntries {
  private readonly state: LocalState;

  constructor(clock: Clock) {
    // The hash tag saves the table of slots: all keys are in one process.
    const { entries } = new MemoryAdapter({ keyPrefix: '{local}:', maxEntries: MAX_LEASES }, clock).can;
    if (entries === undefined) throw new TypeError('the embedded store has no entries');
    const steadyMs = steadyTime(clock);
    const nowMs = (): number => Math.floor(steadyMs());
    const [loads, dataFloors, order] = [new LocalLoads(), new Map<string, number>(), new KeyOrder()];
    this.state = { leases: entries, loads, dataFloors, order, nowMs };
  }

  /**
   * The entries of a view of the store. All views share their leases and versions.
   * @param onExpireFailed called with the error if a counter or hash was written, but its ttl could not be set
   */
  over(store: CacheStore, onExpireFailed: (error: unknown) => void): EntryStore {
    return new PlainEntries(store, this.state, onExpireFailed);
  }
}
