/**
 * Seam: `connect` and `disconnect` of the Sentinel connector (private), and `redis.manuallyClosing`.
 * Why: when a Sentinel announces a failover, ioredis disconnects the client so that it connects to the new master. If the
 * client is asking the Sentinels for the master at that moment, the disconnect ends the attempt with "Connection is
 * closed.", and the client never connects again.
 * Upstream: ioredis `lib/connectors/SentinelConnector/index.ts` (`connect`) and `FailoverDetector.ts` (`disconnect`).
 */
import type { Redis } from 'ioredis';
import { connectorOf } from '../connector.js';

/**
 * Keeps a client alive whose Sentinels announce a failover while it connects. It connects once more, because they may
 * have named the former master. Clients without Sentinels are not changed.
 */
export function surviveFailovers(redis: Redis): void {
  const connector = connectorOf(redis);
  if (connector === undefined || !Array.isArray(redis.options.sentinels)) return;
  const connect = connector.connect.bind(connector);
  const disconnect = connector.disconnect.bind(connector);
  let isConnecting = false;
  let hasFailedOver = false;
  connector.connect = async (emit) => {
    isConnecting = true;
    hasFailedOver = false;
    try {
      const socket = await connect(emit);
      // ioredis attaches its listeners to the socket first.
      if (hasFailedOver) setImmediate(() => socket.destroy());
      return socket;
    } finally {
      isConnecting = false;
    }
  };
  connector.disconnect = () => {
    if (isConnecting && Reflect.get(redis, 'manuallyClosing') !== true) hasFailedOver = true;
    else disconnect();
  };
}
