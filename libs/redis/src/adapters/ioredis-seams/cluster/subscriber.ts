/**
 * Seam: `subscriber.subscriber` of a cluster client (private): the connection that carries its subscriptions.
 * Why: ioredis creates this connection with few of the options of a node, emits no event for it, and restores
 * subscriptions on it in the same call.
 * Upstream: ioredis `lib/cluster/ClusterSubscriber.ts` (`selectSubscriber`).
 */
import type { Cluster, Redis } from 'ioredis';
import { RedisInfraError } from '../../../common/redis-infra.error.js';

/** Calls `prepare` with each connection for the subscriptions of a cluster before it connects. */
export function onSubscriber(cluster: Cluster, prepare: (subscriber: Redis) => void): void {
  const owner: unknown = Reflect.get(cluster, 'subscriber');
  if (typeof owner !== 'object' || owner === null || !('subscriber' in owner))
    throw new RedisInfraError(
      'UNSUPPORTED',
      'this version of ioredis has no cluster.subscriber, which this package needs',
    );
  let current: Redis | null = null;
  Object.defineProperty(owner, 'subscriber', {
    configurable: true,
    enumerable: true,
    get: () => current,
    set: (subscriber: Redis | null) => {
      current = subscriber;
      if (subscriber !== null) prepare(subscriber);
    },
  });
}
