/**
 * Seam: `cluster.cluster`, while the status is `connect`; ioredis calls it as `cluster('INFO', callback)` for its ready
 * check.
 * Why: where CLUSTER INFO is refused, ioredis reconnects forever and emits no error.
 * Upstream: ioredis `lib/cluster/index.ts` (`readyCheck`).
 */
import type { Cluster } from 'ioredis';
import { isLastingRefusal } from '../../errors/handshake-error.js';
import type { PeerLimits } from '../../wire/peer-limits.js';
import { wordsOf } from '../../errors/reply-words.js';
import { isReplyCallback, replaceMethod, type ReplyCallback } from '../replace-method.js';

/** Lets a cluster client become ready when the servers refuse CLUSTER INFO. */
export function makeClusterInfoOptional(client: Cluster, peer: PeerLimits): void {
  replaceMethod(client, 'cluster', (send) => (...args) => {
    const [subcommand, callback] = args;
    const isReadyCheck = client.status === 'connect' && subcommand === 'INFO';
    if (!isReadyCheck || !isReplyCallback(callback)) return send(...args);
    const check: ReplyCallback = (error, info) => {
      if (!isLastingRefusal(error)) return callback(error, info);
      peer.refused('CLUSTER INFO', wordsOf(error));
      callback(null, '');
    };
    return send('INFO', check);
  });
}
