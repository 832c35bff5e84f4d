/**
 * Seam: the option `natMap` of a cluster and of the Sentinels.
 * Why: ioredis 5.4 only reads an object. It ignores a function, and connects to the addresses that the servers
 * announce.
 * Upstream: ioredis `lib/cluster/index.ts` (`natMapper`) and `lib/connectors/SentinelConnector/index.ts`
 * (`sentinelNatResolve`).
 */
import type { ClusterOptions } from 'ioredis';

type NatMap = ClusterOptions['natMap'];

/**
 * The options with a `natMap` that every supported ioredis reads: a function becomes an object that calls it for each
 * key.
 */
export function withReadableNatMap<T extends { readonly natMap?: NatMap }>(options: T): T {
  const { natMap } = options;
  if (typeof natMap !== 'function') return options;
  const noEntries: Exclude<NatMap, typeof natMap | undefined> = {};
  return {
    ...options,
    natMap: new Proxy(noEntries, { get: (_, key) => (typeof key === 'string' ? natMap(key) : undefined) }),
  };
}
