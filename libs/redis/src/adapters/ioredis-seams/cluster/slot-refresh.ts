/**
 * Seam: `cluster.refreshSlotsCache`.
 * Why: ioredis reads the slots at every redirect, and while a slot moves each command is redirected. When all nodes
 * fail to answer and none is connected, ioredis keeps its old list of nodes, which may never be reachable again.
 * Upstream: ioredis `lib/cluster/index.ts` (`refreshSlotsCache`).
 */
import type { Cluster } from 'ioredis';
import { outsideRequests } from '../../../common/async-context.js';
import type { Clock } from '../../../common/clock.js';

const MIN_INTERVAL_MS = 100;

/**
 * Limits how often a cluster client reads the slots, and makes it reconnect from the configured addresses when no node
 * answers and none is connected.
 */
export function watchRefreshes(client: Cluster, clock: Clock): void {
  const refresh = client.refreshSlotsCache.bind(client);
  let lastMs = -Infinity;
  let timer: NodeJS.Timeout | undefined;
  const begin = (callback?: Parameters<typeof refresh>[0]): void => {
    lastMs = clock.monotonicMs();
    refresh((error, ...rest) => {
      callback?.(error, ...rest);
      if (error) reconnectIfAlone(client);
    });
  };
  client.refreshSlotsCache = (callback) => {
    const waitMs = lastMs + MIN_INTERVAL_MS - clock.monotonicMs();
    if (callback !== undefined || waitMs <= 0) return begin(callback);
    const refreshLater = (): void => {
      timer = undefined;
      if (client.status === 'ready') begin();
    };
    timer ??= outsideRequests(() => setTimeout(refreshLater, waitMs)).unref();
  };
}

function reconnectIfAlone(client: Cluster): void {
  const isConnected = client.nodes().some(({ status }) => status === 'ready');
  if (client.status === 'ready' && !isConnected) client.disconnect(true);
}
