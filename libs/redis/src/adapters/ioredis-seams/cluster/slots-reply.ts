/**
 * Seam: `redis.cluster` of the connection that ioredis opens to send CLUSTER SLOTS; its reply is changed.
 * Why: ioredis skips nodes that announce no host (`cluster-preferred-endpoint-type unknown-endpoint`) and may then know
 * no node at all, and it uses `?` as a host name. ioredis 5.4 sends the command before AUTH is answered, and reports
 * the NOAUTH that follows a refused AUTH.
 * Upstream: ioredis `lib/cluster/index.ts` (`getInfoFromNode` skips every node for which `!items[j][0]`).
 */
import type { Redis } from 'ioredis';
import { isReply } from '../../errors/handshake-error.js';
import { firstWord } from '../../errors/reply-words.js';
import { isReplyCallback, replaceMethod, type ReplyCallback } from '../replace-method.js';
import { reachableHost } from './announced-host.js';

/** Fills in the hosts that are missing in the reply to CLUSTER SLOTS, and replaces a NOAUTH by the reply to AUTH. */
export function completeSlots(connection: Redis): void {
  let refusal: Error | undefined;
  connection.on('error', (error: Error) => (refusal = isReply(error) ? error : refusal));
  replaceMethod(connection, 'cluster', (send) => (...args) => {
    const [subcommand, callback] = args;
    if (subcommand !== 'SLOTS' || !isReplyCallback(callback)) return send(...args);
    const complete: ReplyCallback = (error, reply) => {
      if (!error) return callback(error, withHosts(reply, hostOf(connection)));
      callback(firstWord(error.message) === 'NOAUTH' ? (refusal ?? error) : error, reply);
    };
    return send(subcommand, complete);
  });
}

/**
 * The reply lists ranges of slots. A range is its first and last slot, followed by its nodes: host, port, id and
 * metadata.
 */
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
