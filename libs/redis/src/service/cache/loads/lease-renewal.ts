import type { Environment } from '../../../common/time/environment.js';
import type { EntryStore } from '../../../domain/entry-store.js';

/** How long a lease is held without a renewal. When its process dies, another one loads after this time. */
export const LEASE_MS = 5000;
const RENEWALS_PER_LEASE = 3;

/**
 * Renews a lease until the returned function is called, or the lease is lost. A failed renewal is tried again: the
 * lease may still be held. The server may have begun the new time of the lease when the request was sent, so the next
 * renewal is planned from then, however late the reply is.
 */
export function renewLease(
  entries: Pick<EntryStore, 'renew'>,
  at: string,
  token: string,
  { clock, timers }: Pick<Environment, 'clock' | 'timers'>,
): () => void {
  let cancel = (): void => {};
  let stopped = false;
  const stop = (): void => {
    stopped = true;
    cancel();
  };
  const schedule = (sentMs: number): void => {
    if (stopped) return;
    const dueMs = sentMs + LEASE_MS / RENEWALS_PER_LEASE;
    cancel = timers.afterInBackground(Math.max(0, dueMs - clock.monotonicMs()), renew);
  };
  const renew = (): void => {
    const sentMs = clock.monotonicMs();
    entries.renew(at, token, LEASE_MS).then(
      (isHeld) => (isHeld ? schedule(sentMs) : stop()),
      () => schedule(sentMs),
    );
  };
  schedule(clock.monotonicMs());
  return stop;
}
