/**
 * Seam: the option `clusterRetryStrategy` of a `Cluster`.
 * Why: the event `reconnecting` of a cluster carries no delay.
 * Upstream: ioredis `lib/cluster/index.ts` (`handleCloseEvent`).
 */
import type { Cluster } from 'ioredis';

/**
 * Calls `handle` with the delay in milliseconds before each reconnect of a cluster client; 0 when there is no delay.
 */
export function onRetryDelay(client: Cluster, handle: (delayMs: number) => void): void {
  const { options } = client;
  const strategy = options.clusterRetryStrategy;
  options.clusterRetryStrategy = (times, reason) => {
    const delayMs = strategy?.(times, reason);
    handle(typeof delayMs === 'number' ? delayMs : 0);
    return delayMs;
  };
}
