/**
 * Seam: the host of a node in a reply that ioredis reads; used by `slots-reply.ts` and `redirect-address.ts`.
 * Why: ioredis takes the host as it is. A node without a configured host name announces an empty host, null or `?`.
 * Upstream: ioredis `lib/cluster/index.ts` (`getInfoFromNode`, `handleError`);
 * https://redis.io/docs/latest/commands/cluster-slots/
 */

/** The host that a node announces when it prefers a host name and has none. */
const UNKNOWN_NAME = '?';

/**
 * The host at which a node of the cluster can be reached.
 * @param announced the host in the reply
 * @param sourceHost the host of the node that sent the reply; it is the result when the reply contains no host
 * @param metadata the metadata of the node, which contains its address when `announced` is `?`
 */
export function reachableHost(announced: unknown, sourceHost: string, metadata?: unknown): string {
  if (typeof announced === 'string' && announced !== '' && announced !== UNKNOWN_NAME) return announced;
  return (announced === UNKNOWN_NAME ? ipIn(metadata) : undefined) ?? sourceHost;
}

/** Reads the address from a RESP2 list, in which each name is followed by its value. */
function ipIn(metadata: unknown): string | undefined {
  if (!Array.isArray(metadata)) return undefined;
  const at = metadata.findIndex((name, i) => i % 2 === 0 && name === 'ip');
  const ip: unknown = at < 0 ? undefined : metadata[at + 1];
  return typeof ip === 'string' && ip !== '' ? ip : undefined;
}
