import type { ClusterNode, ClusterOptions, Redis, RedisOptions, SentinelConnectionOptions } from 'ioredis';
import { definedMembers } from '../common/defined-members.js';
import { clusterConnectionMembers, clusterMembers, connectionMembers } from './ioredis-pass-through.js';
import { reconnectDelayMs, reconnectOnReadonly } from './reconnect.strategy.js';
import type { ResolvedConnection, Target } from './resolved-connection.js';

type TargetOf<Mode extends Target['mode']> = Extract<Target, { readonly mode: Mode }>;

/** The arguments of `new Cluster(nodes, options)`. */
export interface ClusterParams {
  readonly nodes: ClusterNode[];
  readonly options: ClusterOptions;
}

const DISCONNECT_TIMEOUT_MS = 200;
const KEEP_ALIVE_MS = 10_000;
const LOADING_CHECK_MS = 1000;
const SENTINEL_COMMAND_TIMEOUT_MS = 1000;
const DETECTOR_MIN_DELAY_MS = 1000;
const DETECTOR_MAX_DELAY_MS = 30_000;
const SLOTS_REFRESH_MS = 5000;
const MAX_REDIRECTIONS = 3;

/** The options of `new Redis` for one server. */
export function standaloneParams(connection: ResolvedConnection, target: TargetOf<'standalone'>): RedisOptions {
  const address = 'path' in target ? { path: target.path } : { host: target.host, port: target.port };
  return {
    ...address,
    ...baseOptions(connection),
    db: connection.db,
    retryStrategy: reconnectDelay,
    ...connectionMembers(connection.ioredis),
  };
}

/**
 * The options of `new Redis` for a master that Sentinels name.
 * @see https://redis.io/docs/latest/develop/reference/sentinel-clients/
 */
export function sentinelParams(
  connection: ResolvedConnection,
  target: TargetOf<'sentinel'>,
): RedisOptions & SentinelConnectionOptions {
  const { sentinelTls } = target;
  return {
    sentinels: target.sentinels.map(({ host, port }) => ({ host, port })),
    name: target.name,
    role: 'master',
    ...definedMembers({ sentinelUsername: target.sentinelUsername, sentinelPassword: target.sentinelPassword }),
    // Without it a client keeps writing to a master that is being replaced, until that master is demoted.
    failoverDetector: true,
    // A frozen Sentinel accepts connections and never answers.
    sentinelCommandTimeout: SENTINEL_COMMAND_TIMEOUT_MS,
    sentinelRetryStrategy: reconnectDelay,
    sentinelReconnectStrategy: detectorDelayMs,
    ...(connection.tls === undefined ? {} : { enableTLSForSentinelMode: true }),
    ...(sentinelTls === undefined ? {} : { sentinelTLS: { ...sentinelTls } }),
    ...baseOptions(connection),
    db: connection.db,
    retryStrategy: reconnectDelay,
    ...connectionMembers(connection.ioredis),
  };
}

/**
 * The arguments of `new Cluster`.
 * @see https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/
 */
export function clusterParams(connection: ResolvedConnection, target: TargetOf<'cluster'>): ClusterParams {
  return {
    nodes: target.nodes.map(({ host, port }) => ({ host, port })),
    options: {
      lazyConnect: true,
      enableOfflineQueue: false,
      // After this delay ioredis sends a command again, even if its caller no longer waits. 0 switches that off.
      retryDelayOnFailover: 0,
      retryDelayOnClusterDown: 0,
      maxRedirections: MAX_REDIRECTIONS,
      slotsRefreshInterval: jittered(SLOTS_REFRESH_MS),
      clusterRetryStrategy: reconnectDelay,
      scaleReads: connection.readFrom === 'prefer-replica' ? preferReplica : 'master',
      // By default ioredis resolves the configured nodes to addresses, and certificates contain names.
      ...(connection.tls === undefined ? {} : { dnsLookup: keepName }),
      ...clusterMembers(connection.ioredis),
      redisOptions: { ...baseOptions(connection), ...clusterConnectionMembers(connection.ioredis) },
    },
  };
}

/**
 * The options of every connection. The retries, the offline queue and the resending of ioredis are off, because they
 * repeat and delay commands without the knowledge of the caller. `autoResendUnfulfilledCommands: false` needs
 * `maxRetriesPerRequest: 0`; without it calls never settle.
 * @see docs/decisions/0006-ioredis-without-its-own-retries.md
 */
function baseOptions(connection: ResolvedConnection): RedisOptions {
  const { family, username, password, tls, connectionName, connectTimeoutMs } = connection;
  return {
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    enableReadyCheck: true,
    maxLoadingRetryTime: LOADING_CHECK_MS,
    reconnectOnError: reconnectOnReadonly(),
    connectTimeout: connectTimeoutMs,
    disconnectTimeout: DISCONNECT_TIMEOUT_MS,
    keepAlive: KEEP_ALIVE_MS,
    noDelay: true,
    ...definedMembers({ family, username, connectionName }),
    ...(typeof password === 'string' ? { password } : {}),
    ...(tls === undefined ? {} : { tls: { ...tls } }),
  };
}

function reconnectDelay(attempt: number): number {
  return reconnectDelayMs(attempt);
}

/**
 * The delay before the failover detector reconnects. It is longer than for a data connection, because ioredis prints
 * each failed attempt.
 */
function detectorDelayMs(attempt: number): number {
  return jittered(Math.min(DETECTOR_MAX_DELAY_MS, DETECTOR_MIN_DELAY_MS * 2 ** (attempt - 1)));
}

function jittered(ms: number): number {
  return Math.round(ms * (0.9 + Math.random() * 0.2));
}

/**
 * `scaleReads: 'slave'` would also select a replica that is connecting and refuses commands. The first node is the
 * master of the slot.
 */
function preferReplica(nodes: readonly (Redis | undefined)[]): readonly Redis[] | undefined {
  const replicas = nodes.slice(1).filter((node) => node !== undefined);
  const up = replicas.filter(({ status }) => status === 'ready' || status === 'wait');
  return up.length === 0 ? undefined : up;
}

const keepName: NonNullable<ClusterOptions['dnsLookup']> = (hostname, callback) => callback(null, hostname);
