import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { reconnectDelayMs } from '../../../config/reconnect.strategy.js';
import type { RedisConfig } from '../../../config/redis.config.js';
import type { PeerLimits } from '../../wire/peer-limits.js';
import { RotatingPassword } from './rotating-password.js';
import { prepareHandshake } from './prepare-handshake.js';
import { onSocket } from '../../ioredis-seams/connector.js';
import { withReadableNatMap } from '../../ioredis-seams/nat-map.js';
import { surviveFailovers } from '../../ioredis-seams/sentinel/sentinel-failover.js';
import { watchSentinelQueries } from '../../ioredis-seams/sentinel/sentinel-queries.js';
import { connectingFailure } from '../../errors/connecting-failures.js';
import { sentinelFailure } from '../../errors/sentinel-failure.js';
import { explainSocketFailures, type SocketWatch } from './socket-failures.js';

/** Creates the ioredis client of a cluster. It does not connect by itself. */
export function createCluster(config: RedisConfig): Cluster {
  const { nodes, options } = config.getClusterParams();
  // Without it ioredis refuses a command that meets a connecting node. `refuseUntilReady` and the send guards keep
  // commands out of it.
  return new Cluster(nodes, { ...withReadableNatMap(options), enableOfflineQueue: true });
}

/**
 * Creates the ioredis client of one server, or of the master that Sentinels name. It does not connect by itself. A
 * rotating password is added later, see `RotatingPassword`.
 */
export function createRedis(config: RedisConfig, overrides: Readonly<RedisOptions> = {}): Redis {
  if (config.mode === 'sentinel') return createSentinelClient(config, overrides);
  const client = new Redis({ ...config.getConnectionParams(), ...overrides });
  explainFailures(client, { timeoutMs: config.connectTimeoutMs });
  return client;
}

/**
 * An attempt to connect queries each Sentinel once. With a retry strategy ioredis would query them forever, and the
 * attempt would not end.
 */
function createSentinelClient(config: RedisConfig, overrides: Readonly<RedisOptions>): Redis {
  const params = { ...config.getSentinelParams(), ...overrides };
  const timeoutMs = config.connectTimeoutMs;
  const client = new Redis({ ...withReadableNatMap(params), sentinelRetryStrategy: () => null });
  watchSentinelQueries(client, {
    onConnection: (sentinel) =>
      explainFailures(sentinel, { timeoutMs: Math.min(timeoutMs, params.sentinelCommandTimeout ?? timeoutMs) }),
    failure: sentinelFailure,
    notMaster: () => connectingFailure('NOT_A_MASTER'),
  });
  surviveFailovers(client);
  explainFailures(client, { timeoutMs, unreachable: 'MASTER_UNREACHABLE' });
  return client;
}

/** The delay in milliseconds before the next attempt to connect through the Sentinels; `attempt` counts from 1. */
export function sentinelRetryDelayMs(config: RedisConfig, attempt: number): number {
  const strategy = config.mode === 'sentinel' ? config.getSentinelParams().sentinelRetryStrategy : undefined;
  const delayMs = strategy?.(attempt);
  return typeof delayMs === 'number' ? delayMs : reconnectDelayMs(attempt);
}

/** Makes the errors of a client name the step of connecting that failed. */
export function explainFailures(redis: Redis, watch: SocketWatch): void {
  onSocket(redis, (socket) => explainSocketFailures(socket, watch));
}

/**
 * Creates a client that never reconnects, with the current value of a rotating password. Not for a cluster.
 * @throws RedisInfraError CONNECTION_FAILED or OPTION_INVALID when the password function fails
 */
export async function createSingleUse(
  config: RedisConfig,
  peer: PeerLimits,
  overrides: Readonly<RedisOptions> = {},
): Promise<Redis> {
  const never = (): null => null;
  const client = createRedis(config, { ...overrides, retryStrategy: never, sentinelRetryStrategy: never });
  prepareHandshake(client, { peer, connectTimeoutMs: config.connectTimeoutMs });
  const rotating = RotatingPassword.of(config);
  if (rotating !== undefined) client.options.password = await rotating.read();
  return client;
}

/** The options of a client for subscriptions. RESP2, because ioredis drops some pushes of RESP3. */
export function subscriberParams(timeoutMs: number): Readonly<RedisOptions> {
  return { protocol: 2, autoResubscribe: false, commandTimeout: timeoutMs, retryStrategy: () => null };
}
