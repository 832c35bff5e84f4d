/**
 * Seam: `cluster.refreshSlotsCache` and `cluster.isRefreshing`.
 * Why: ioredis reads the slots at every redirect, and while a slot moves each command is redirected. It answers a
 * request that arrives during a refresh with the slots of that refresh, which may have been read before the request.
 * When all nodes fail to answer and none is connected, ioredis keeps its old list of nodes, which may never be
 * reachable again.
 * Upstream: ioredis `lib/cluster/index.ts` (`refreshSlotsCache`).
 */
import type { Cluster } from 'ioredis';
import { outsideRequests } from '../../../common/async-context.js';
import type { Clock } from '../../../common/clock.js';

const MIN_INTERVAL_MS = 100;

type Callback = NonNullable<Parameters<Cluster['refreshSlotsCache']>[0]>;

/**
 * Limits how often a cluster client reads the slots, answers each request with slots that were read after it, and makes
 * the client reconnect from the configured addresses when no node answers and none is connected.
 */
export function watchRefreshes(client: Cluster, clock: Clock): void {
  const refresh = client.refreshSlotsCache.bind(client);
  let lastMs = -Infinity;
  let timer: NodeJS.Timeout | undefined;
  const begin = (callback?: Callback): void => {
    lastMs = clock.monotonicMs();
    refresh((error, ...rest) => {
      callback?.(error, ...rest);
      if (error) reconnectIfAlone(client);
    });
  };
  const request = (callback?: Callback): void => {
    if (!isRefreshing(client)) return begin(callback);
    // ioredis would also call a callback that is added while it calls the others, so the next refresh begins later.
    refresh(() => queueMicrotask(() => begin(callback)));
  };
  client.refreshSlotsCache = (callback) => {
    const waitMs = lastMs + MIN_INTERVAL_MS - clock.monotonicMs();
    if (callback !== undefined || waitMs <= 0) return request(callback);
    const refreshLater = (): void => {
      timer = undefined;
      if (client.status === 'ready') request();
    };
    timer ??= outsideRequests(() => setTimeout(refreshLater, waitMs)).unref();
  };
}

function isRefreshing(client: Cluster): boolean {
  return Reflect.get(client, 'isRefreshing') === true;
}

function reconnectIfAlone(client: Cluster): void {
  const isConnected = client.nodes().some(({ status }) => status === 'ready');
  if (client.status === 'ready' && !isConnected) client.disconnect(true);
}
