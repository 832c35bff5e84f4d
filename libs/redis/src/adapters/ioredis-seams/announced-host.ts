/** What a node announces where it has no host name to announce. */
const UNKNOWN_NAME = '?';

/**
 * The host at which a node of the cluster is reached, where another node has announced it. Without a host it is the one that was
 * asked. `?` is a node that prefers a host name and has none: its address may stand in the metadata beside it.
 * @see https://redis.io/docs/latest/commands/cluster-slots/
 */
export function reachableHost(announced: unknown, askedHost: string, metadata?: unknown): string {
  if (typeof announced === 'string' && announced !== '' && announced !== UNKNOWN_NAME) return announced;
  return (announced === UNKNOWN_NAME ? ipIn(metadata) : undefined) ?? askedHost;
}

/** Names and values by turns, as RESP2 has them. */
function ipIn(metadata: unknown): string | undefined {
  if (!Array.isArray(metadata)) return undefined;
  const at = metadata.findIndex((name, i) => i % 2 === 0 && name === 'ip');
  const ip: unknown = at < 0 ? undefined : metadata[at + 1];
  return typeof ip === 'string' && ip !== '' ? ip : undefined;
}
