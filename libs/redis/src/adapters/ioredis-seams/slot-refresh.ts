import type { Cluster } from 'ioredis';
import { outsideRequests } from '../../common/async-context.js';

/** Every redirection asks who owns what, and while a slot moves each command is one: that often is often enough. */
const PAUSE_MS = 100;

/**
 * Watches how ioredis asks the nodes who owns which slots. Asked in vain of all, with none of them connected, the cluster is given
 * up and begun anew from the addresses of the configuration: ioredis would go on with nodes that may never come back.
 */
export function watchRefreshes(client: Cluster): void {
  const refresh = client.refreshSlotsCache.bind(client);
  let lastMs = -Infinity;
  let timer: NodeJS.Timeout | undefined;
  const begin = (callback?: Parameters<typeof refresh>[0]): void => {
    lastMs = performance.now();
    refresh((error, ...rest) => {
      callback?.(error, ...rest);
      if (error) giveUpIfAlone(client);
    });
  };
  client.refreshSlotsCache = (callback) => {
    const waitMs = lastMs + PAUSE_MS - performance.now();
    if (callback !== undefined || waitMs <= 0) return begin(callback);
    const refreshLater = (): void => {
      timer = undefined;
      if (client.status === 'ready') begin();
    };
    timer ??= outsideRequests(() => setTimeout(refreshLater, waitMs)).unref();
  };
}

function giveUpIfAlone(client: Cluster): void {
  const isConnected = client.nodes().some(({ status }) => status === 'ready');
  if (client.status === 'ready' && !isConnected) client.disconnect(true);
}
