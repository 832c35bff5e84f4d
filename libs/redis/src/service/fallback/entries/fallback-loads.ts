import type { Acquisition, EntryWrite, FailureMark, LeaseRequest, StoredRead } from '../../../domain/entry-store.js';
import { keepOutageValue } from '../copies/outage-value.js';
import { LocalReads } from '../copies/local-reads.js';
import { isFull } from '../unavailable.js';
import { askPrimary, isInJournal, answerInstead, type FallbackEntriesParts } from './primary-access.js';

/** The leases of loads: of the primary store, or of this process while the store is unavailable. */
export class FallbackLoads {
  private readonly local: LocalReads;

  constructor(private readonly parts: FallbackEntriesParts) {
    this.local = new LocalReads(parts.state, parts.primary);
  }

  async acquire<T>(key: string, lease: LeaseRequest): Promise<Acquisition<T>> {
    const { primary, state } = this.parts;
    return askPrimary<Acquisition<T>>(
      this.parts,
      async () => {
        const acquired = await primary.acquire<T>(key, lease);
        if (acquired.status === 'acquired') state.leases.grantedByPrimary(key, lease.token);
        if (!isInJournal(state, key, acquired, () => state.versions.prefixOf(key))) return acquired;
        // The store does not know the change, so it has left the lease to a load from before it. No caller may join that.
        if (acquired.status === 'held' && state.leases.isOutdated(acquired.holder))
          return { ...acquired, stored: undefined, holder: '' };
        return { ...acquired, stored: undefined };
      },
      async (error) => {
        // The loaded value is kept for an outage only, and no connection may have been lost: there may have been none. A
        // full server is no outage: it would end and begin again with each load.
        if (!isFull(error)) state.outage.begin();
        return { ...(await this.readValid<T>(key)), ...state.leases.acquire(key, lease) };
      },
    );
  }

  async renew(key: string, token: string, ttlMs: number): Promise<boolean> {
    const { leases, outage } = this.parts.state;
    if (!leases.has(key, token)) return this.parts.primary.renew(key, token, ttlMs);
    return outage.isActive && leases.renew(key, token, ttlMs);
  }

  /**
   * Stores a loaded value. With a lease of this process the value is kept for the outage only: another process may have
   * changed the key meanwhile.
   */
  async publish(key: string, token: string, entry: EntryWrite): Promise<boolean> {
    const { leases, outage } = this.parts.state;
    if (leases.has(key, token)) {
      // The primary store may have granted it too, in a reply that was not used.
      leases.endGranted(token);
      if (!leases.end(key, token) || !outage.isActive) return false;
      keepOutageValue(this.parts, key, entry);
      return true;
    }
    try {
      const isPublished = await this.parts.primary.publish(key, token, entry);
      leases.endGranted(token);
      return isPublished;
    } catch (error) {
      const isUnchanged = leases.endGranted(token);
      return answerInstead(error, this.parts, () => {
        if (isUnchanged) keepOutageValue(this.parts, key, entry);
        return isUnchanged;
      });
    }
  }

  async release(key: string, token: string, failure?: FailureMark): Promise<void> {
    const { leases } = this.parts.state;
    try {
      if (leases.has(key, token)) leases.end(key, token, failure);
      else await this.parts.primary.release(key, token, failure);
    } finally {
      leases.endGranted(token);
    }
  }

  /**
   * While the primary store answers reads, the caller knows what is stored. Its versions may be those of the store, which
   * does not know the invalidations of this process yet.
   */
  private async readValid<T>(key: string): Promise<StoredRead<T>> {
    const { versions, outage } = this.parts.state;
    const read = await this.local.read<T>(key);
    const { meta } = read.stored ?? {};
    const isValid = meta === undefined || versions.isValid(key, meta);
    return isValid && outage.isUntrusted ? read : { ...read, stored: undefined };
  }

  watch(key: string, onSettled: () => void): Promise<() => void> {
    return this.parts.primary.watch(key, onSettled);
  }
}
