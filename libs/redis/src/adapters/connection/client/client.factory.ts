import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { RedisInfraError } from '../../../common/redis-infra.error.js';
import { reconnectDelayMs } from '../../../config/reconnect.strategy.js';
import type { RedisConfig } from '../../../config/redis.config.js';
import type { PeerLimits } from '../../wire/peer-limits.js';
import { prepareHandshake } from './prepare-handshake.js';
import { onSocket } from '../../ioredis-seams/connector.js';
import { watchSentinelQueries } from '../../ioredis-seams/sentinel-queries.js';
import { connectingFailure } from '../../errors/connecting-failures.js';
import { sentinelFailure } from '../../errors/sentinel-failure.js';
import { explainSocketFailures, type SocketWatch } from './socket-failures.js';

/** The ioredis client of a mode. It does not connect by itself, and a password that rotates is not in it: see `refreshPassword`. */
export function createClient(config: RedisConfig, otherwise: Readonly<RedisOptions> = {}): Redis | Cluster {
  if (config.mode === 'cluster') {
    const { nodes, options } = config.getClusterParams();
    // Off, a command that meets a node which is connecting is refused: see ClusterNodes for why nothing waits in it all the same.
    return new Cluster(nodes, { ...options, enableOfflineQueue: true });
  }
  if (config.mode === 'sentinel') return createSentinelClient(config, otherwise);
  const client = new Redis({ ...config.getConnectionParams(), ...otherwise });
  explainFailures(client, { timeoutMs: config.connectTimeoutMs });
  return client;
}

/** An attempt to connect asks each Sentinel once. ioredis would go on asking by itself, and emit nothing that ends the attempt. */
function createSentinelClient(config: RedisConfig, otherwise: Readonly<RedisOptions>): Redis {
  const params = { ...config.getSentinelParams(), ...otherwise };
  const timeoutMs = config.connectTimeoutMs;
  const client = new Redis({ ...params, sentinelRetryStrategy: () => null });
  watchSentinelQueries(client, {
    onConnection: (sentinel) =>
      explainFailures(sentinel, { timeoutMs: Math.min(timeoutMs, params.sentinelCommandTimeout ?? timeoutMs) }),
    failure: sentinelFailure,
    notMaster: () => connectingFailure('NOT_A_MASTER'),
  });
  explainFailures(client, { timeoutMs, unreachable: 'MASTER_UNREACHABLE' });
  return client;
}

/** How long to wait before the Sentinels are asked again. */
export function sentinelRetryDelayMs(config: RedisConfig, attempt: number): number {
  const strategy = config.mode === 'sentinel' ? config.getSentinelParams().sentinelRetryStrategy : undefined;
  const delayMs = strategy?.(attempt);
  return typeof delayMs === 'number' ? delayMs : reconnectDelayMs(attempt);
}

/** Makes what a connection fails with say how far it came. */
export function explainFailures(redis: Redis, watch: SocketWatch): void {
  onSocket(redis, (socket) => explainSocketFailures(socket, watch));
}

/**
 * A client that connects once, when it is told to, and never again; a password that rotates is asked for now. Not of a cluster.
 * @throws whatever the password function throws
 */
export async function createSingleUse(
  config: RedisConfig,
  peer: PeerLimits,
  otherwise: Readonly<RedisOptions> = {},
): Promise<Redis> {
  const never = (): null => null;
  const client = createClient(config, { ...otherwise, retryStrategy: never, sentinelRetryStrategy: never }) as Redis;
  prepareHandshake(client, { peer, connectTimeoutMs: config.connectTimeoutMs });
  if (config.rotatesPassword) client.options.password = await config.resolvePassword();
  return client;
}

export function isSingle(client: Redis | Cluster): client is Redis {
  return !client.isCluster;
}

/** What `refreshPassword` needs to know and tell. */
export interface PasswordWatch {
  /** False for a client that was given up meanwhile: it is not connected. */
  readonly isCurrent: () => boolean;
  /** The password could not be had, so this attempt to connect has failed. It is tried again. */
  readonly onFailure: (error: unknown) => void;
}

/** Asks for the password anew before each connect: ioredis reads it from its options then, also when it reconnects by itself. */
export function refreshPassword(
  client: Redis | Cluster,
  ask: () => Promise<string | undefined>,
  timeoutMs: number,
  { isCurrent: isWanted, onFailure }: PasswordWatch,
): void {
  const connect = client.connect.bind(client);
  let failures = 0;
  client.connect = async () => {
    try {
      const password = await inTime(ask(), timeoutMs);
      if (!client.isCluster) (client as Redis).options.password = password;
    } catch (error) {
      if (!isWanted()) return;
      const again = (): void => void (isWanted() && client.connect().catch(() => {}));
      setTimeout(again, reconnectDelayMs(++failures)).unref();
      return onFailure(error);
    }
    failures = 0;
    if (isWanted()) await connect();
  };
}

/** What takes longer than connecting may take has failed. */
export async function inTime<T>(promise: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new RedisInfraError('CONNECTION_FAILED', 'the password function gave no answer in time')),
      timeoutMs,
    );
    // A password that nobody waits for any more must not keep the process alive.
    timer.unref();
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
