import type { Timers } from '../../../common/time/timers.js';
import type { EntryStore } from '../../../domain/entry-store.js';

/** How long a lease is held without a renewal. When its process dies, another one loads after this time. */
export const LEASE_MS = 5000;
const RENEWALS_PER_LEASE = 3;

/**
 * Renews a lease until the returned function is called, or the lease is lost. A failed renewal is tried again: the
 * lease may still be held.
 */
export function renewLease(entries: EntryStore, at: string, token: string, timers: Timers): () => void {
  let cancel = (): void => {};
  let stopped = false;
  const stop = (): void => {
    stopped = true;
    cancel();
  };
  const schedule = (): void => {
    if (!stopped) cancel = timers.afterInBackground(LEASE_MS / RENEWALS_PER_LEASE, renew);
  };
  const renew = (): void => {
    entries.renew(at, token, LEASE_MS).then((isHeld) => (isHeld ? schedule() : stop()), schedule);
  };
  schedule();
  return stop;
}
