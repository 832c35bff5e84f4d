/**
 * Seam: `duplicate` of a `Redis` and of a `Cluster` client.
 * Why: a copy has the options of its original and none of its seams. ioredis reads the slots of a cluster on a copy of a
 * node's connection and emits no event for it, and other libraries make copies of the clients that they are given.
 * Upstream: ioredis `lib/Redis.ts` (`duplicate`) and `lib/cluster/index.ts` (`duplicate`, `getInfoFromNode`).
 */
import type { Cluster, Redis } from 'ioredis';

/** Calls `prepare` with each copy of a client before it connects. */
export function onCopy(redis: Redis, prepare: (copy: Redis) => void): void {
  const duplicate = redis.duplicate.bind(redis);
  redis.duplicate = (override) => {
    // ioredis connects in the constructor without `lazyConnect`, for example the copy of MONITOR.
    const copy = duplicate({ ...override, lazyConnect: true });
    prepare(copy);
    copy.options.lazyConnect = override?.lazyConnect ?? redis.options.lazyConnect ?? false;
    if (!copy.options.lazyConnect) copy.connect().catch(() => {});
    return copy;
  };
}

/** Calls `prepare` with each copy of a cluster client. It creates its nodes later, even if it connects immediately. */
export function onClusterCopy(cluster: Cluster, prepare: (copy: Cluster) => void): void {
  const duplicate = cluster.duplicate.bind(cluster);
  cluster.duplicate = (nodes, options) => {
    const copy = duplicate(nodes, options);
    prepare(copy);
    return copy;
  };
}
