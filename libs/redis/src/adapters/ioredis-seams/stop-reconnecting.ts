/**
 * Seam: the option `retryStrategy` of a `Redis` client, and `connect` of a `Cluster`; both are replaced when the store
 * disconnects.
 * Why: a disconnect between two attempts does not stop the timer of the next one, which then opens the connection
 * again.
 * Upstream: ioredis `lib/redis/event_handler.ts` (`closeHandler`) and `lib/cluster/index.ts` (`handleCloseEvent`).
 */
import type { Cluster, Redis } from 'ioredis';

/** Prevents every further attempt of a client that connects to one server. */
export function stopReconnecting(redis: Redis): void {
  redis.options.retryStrategy = () => null;
}

/** Prevents every further attempt of a cluster client. */
export function stopConnecting(client: Cluster): void {
  client.connect = () => Promise.reject(new Error('the cluster was disconnected'));
}
