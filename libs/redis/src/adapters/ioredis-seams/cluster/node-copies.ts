/**
 * Seam: `redis.duplicate` of the nodes of a cluster.
 * Why: ioredis reads the slots on a copy of a node's connection and emits no event for it, so a copy would have none of
 * the other seams.
 * Upstream: ioredis `lib/cluster/index.ts` (`getInfoFromNode`).
 */
import type { Redis } from 'ioredis';

/** Calls `prepare` with each copy of a node's connection before it connects. */
export function onCopy(node: Redis, prepare: (copy: Redis) => void): void {
  const duplicate = node.duplicate.bind(node);
  node.duplicate = (override) => {
    const copy = duplicate(override);
    prepare(copy);
    return copy;
  };
}
