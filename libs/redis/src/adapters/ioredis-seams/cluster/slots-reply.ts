/**
 * Seam: `redis.cluster` of the connection that ioredis opens to send CLUSTER SLOTS; its reply is changed.
 * Why: ioredis skips nodes that announce no host (`cluster-preferred-endpoint-type unknown-endpoint`) and may then
 * know no node at all, and
 * it uses `?` as a host name.
 * Upstream: ioredis `lib/cluster/index.ts` (`getInfoFromNode` skips every node for which `!items[j][0]`).
 */
import type { Redis } from 'ioredis';
import { isReplyCallback, replaceMethod, type ReplyCallback } from '../replace-method.js';
import { reachableHost } from './announced-host.js';

/** Fills in the hosts that are missing in the reply to CLUSTER SLOTS. */
export function completeSlots(connection: Redis): void {
  replaceMethod(connection, 'cluster', (send) => (...args) => {
    const [subcommand, callback] = args;
    if (subcommand !== 'SLOTS' || !isReplyCallback(callback)) return send(...args);
    const complete: ReplyCallback = (error, reply) =>
      callback(error, error ? reply : withHosts(reply, hostOf(connection)));
    return send(subcommand, complete);
  });
}

/** The reply lists ranges of slots. A range is its first and last slot, followed by its nodes: host, port, id and metadata. */
function withHosts(reply: unknown, sourceHost: string): unknown {
  if (!Array.isArray(reply)) return reply;
  return reply.map((range: unknown) => {
    if (!Array.isArray(range)) return range;
    return range.map((node: unknown, at) => {
      if (at < 2 || !Array.isArray(node)) return node;
      const members: readonly unknown[] = node;
      return [reachableHost(members[0], sourceHost, members[3]), ...members.slice(1)];
    });
  });
}

function hostOf({ options }: Redis): string {
  return options.host ?? '127.0.0.1';
}
