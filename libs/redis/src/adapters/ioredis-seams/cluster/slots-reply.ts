/**
 * Seam: `redis.cluster` of the connection that ioredis opens to send CLUSTER SLOTS; its reply is changed.
 * Why: ioredis skips nodes that announce no host (`cluster-preferred-endpoint-type unknown-endpoint`) and may then
 * know no node at all, and
 * it uses `?` as a host name.
 * Upstream: ioredis `lib/cluster/index.ts` (`getInfoFromNode` skips every node for which `!items[j][0]`).
 */
import type { Redis } from 'ioredis';
import { reachableHost } from './announced-host.js';

type Callback = (error: Error | null | undefined, reply?: unknown) => void;

interface SlotsConnection {
  cluster(subcommand: string, callback: Callback): unknown;
}

/** Fills in the hosts that are missing in the reply to CLUSTER SLOTS. */
export function completeSlots(connection: Redis): void {
  const slots = connection as unknown as SlotsConnection;
  const send = slots.cluster.bind(connection);
  slots.cluster = (subcommand, callback) =>
    subcommand !== 'SLOTS' || typeof callback !== 'function'
      ? send(subcommand, callback)
      : send(subcommand, (error, reply) => callback(error, error ? reply : withHosts(reply, hostOf(connection))));
}

/** The reply lists ranges of slots. A range is its first and last slot, followed by its nodes: host, port, id and metadata. */
function withHosts(reply: unknown, sourceHost: string): unknown {
  if (!Array.isArray(reply)) return reply;
  return reply.map((range: unknown) => {
    if (!Array.isArray(range)) return range;
    return range.map((node: unknown, at) => {
      if (at < 2 || !Array.isArray(node)) return node;
      return [reachableHost(node[0], sourceHost, node[3]), ...node.slice(1)] as unknown[];
    });
  });
}

function hostOf({ options }: Redis): string {
  return options.host ?? '127.0.0.1';
}
