/**
 * Seam: `cluster.connect`.
 * Why: a cluster connects through several nodes, and reduces their failures to one. When the password function fails,
 * none of them needs to be tried.
 * Upstream: ioredis `lib/cluster/index.ts` (`connect`).
 */
import type { Cluster } from 'ioredis';
import { reconnectDelayMs } from '../../../config/reconnect.strategy.js';

/** The callbacks of `refreshBeforeConnect`. */
export interface RefreshWatch {
  /** Returns false for a client that was replaced or closed, which must not connect. */
  readonly isCurrent: () => boolean;
  /** Called when an attempt to connect fails because `refresh` rejected. The next attempt follows by itself. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * Makes a cluster client call `refresh` before each attempt to connect. An attempt whose refresh rejects fails, and
 * another one follows.
 */
export function refreshBeforeConnect(
  cluster: Cluster,
  refresh: () => Promise<unknown>,
  { isCurrent, onFailure }: RefreshWatch,
): void {
  const connect = cluster.connect.bind(cluster);
  let failures = 0;
  cluster.connect = async () => {
    try {
      await refresh();
    } catch (error) {
      if (!isCurrent()) return;
      const retry = (): void => void (isCurrent() && cluster.connect().catch(() => {}));
      setTimeout(retry, reconnectDelayMs(++failures)).unref();
      return onFailure(error);
    }
    failures = 0;
    if (isCurrent()) await connect();
  };
}
