import type { Redis } from 'ioredis';
import { reachableHost } from './announced-host.js';

type Callback = (error: Error | null | undefined, reply?: unknown) => void;

interface SlotsConnection {
  cluster(subcommand: string, callback: Callback): unknown;
}

/**
 * Completes the reply of CLUSTER SLOTS on a connection that ioredis opens for it. ioredis leaves out nodes that announce no host
 * (`cluster-preferred-endpoint-type unknown-endpoint`), and would then know no node at all; it takes `?` for a host name.
 * Seen in ioredis 5 and 6: `Cluster.getInfoFromNode` skips every node for which `!items[j][0]`.
 */
export function completeSlots(connection: Redis): void {
  const slots = connection as unknown as SlotsConnection;
  const ask = slots.cluster.bind(connection);
  slots.cluster = (subcommand, callback) =>
    subcommand !== 'SLOTS' || typeof callback !== 'function'
      ? ask(subcommand, callback)
      : ask(subcommand, (error, reply) => callback(error, error ? reply : withHosts(reply, hostOf(connection))));
}

/** Ranges of slots, each with its first and last slot, and then its nodes: host, port, id and metadata. */
function withHosts(reply: unknown, askedHost: string): unknown {
  if (!Array.isArray(reply)) return reply;
  return reply.map((range: unknown) => {
    if (!Array.isArray(range)) return range;
    return range.map((node: unknown, at) => {
      if (at < 2 || !Array.isArray(node)) return node;
      return [reachableHost(node[0], askedHost, node[3]), ...node.slice(1)] as unknown[];
    });
  });
}

function hostOf({ options }: Redis): string {
  return options.host ?? '127.0.0.1';
}
