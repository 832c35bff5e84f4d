/**
 * Seam: `cluster.cluster`, while the status is `connect`; ioredis calls it as `cluster('INFO', callback)` for its ready check.
 * Why: where CLUSTER INFO is refused, ioredis reconnects forever and emits no error.
 * Upstream: ioredis `lib/cluster/index.ts` (`readyCheck`).
 */
import type { Cluster } from 'ioredis';
import { isLastingRefusal } from '../../errors/handshake-error.js';
import type { PeerLimits } from '../../wire/peer-limits.js';
import { wordsOf } from '../../errors/reply-words.js';

type Send = (...args: unknown[]) => Promise<unknown>;
type InfoCallback = (error: Error | null | undefined, info?: string) => void;

/** Lets a cluster client become ready when the servers refuse CLUSTER INFO. */
export function makeClusterInfoOptional(client: Cluster, peer: PeerLimits): void {
  const cluster = client.cluster.bind(client) as Send;
  const check = (callback: InfoCallback): Promise<unknown> =>
    cluster('INFO', (error: Error | null | undefined, info?: string) => {
      if (!isLastingRefusal(error)) return callback(error, info);
      peer.refused('CLUSTER INFO', wordsOf(error));
      callback(null, '');
    });
  const send: Send = (...args) => {
    const [subcommand, callback] = args;
    const isReadyCheck = client.status === 'connect' && subcommand === 'INFO' && typeof callback === 'function';
    return isReadyCheck ? check(callback as InfoCallback) : cluster(...args);
  };
  Object.assign(client, { cluster: send });
}
