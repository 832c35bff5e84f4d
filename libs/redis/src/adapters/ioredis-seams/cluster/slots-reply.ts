/**
 * Seam: `redis.cluster` of the connection that ioredis opens to send CLUSTER SLOTS; its reply is changed.
 * Why: ioredis skips nodes that announce no host (`cluster-preferred-endpoint-type unknown-endpoint`) and may then know no node at all, and
 * it uses `?` as a host name. ioredis 5.4 sends the command before AUTH is answered, and reports the NOAUTH that follows a refused AUTH.
 * Upstream: ioredis `lib/cluster/index.ts` (`getInfoFromNode` skips every node for which `!items[j][0]`).
 */
import type { Redis } from 'ioredis';
import { isReply } from '../../errors/handshake-error.js';
import { firstWord } from '../../errors/reply-words.js';
import { reachableHost } from './announced-host.js';

type Callback = (error: Error | null | undefined, reply?: unknown) => void;

interface SlotsConnection {
  cluster(subcommand: string, callback: Callback): unknown;
}

/** Fills in the hosts that are missing in the reply to CLUSTER SLOTS, and replaces a NOAUTH by the reply to AUTH. */
export function completeSlots(connection: Redis): void {
  let refusal: Error | undefined;
  connection.on('error', (error: Error) => (refusal = isReply(error) ? error : refusal));
  const slots = connection as unknown as SlotsConnection;
  const send = slots.cluster.bind(connection);
  slots.cluster = (subcommand, callback) =>
    subcommand !== 'SLOTS' || typeof callback !== 'function'
      ? send(subcommand, callback)
      : send(subcommand, (error, reply) => {
          if (!error) return callback(error, withHosts(reply, hostOf(connection)));
          callback(firstWord(error.message) === 'NOAUTH' ? (refusal ?? error) : error, reply);
        });
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
