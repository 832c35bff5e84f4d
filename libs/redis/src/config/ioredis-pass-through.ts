import type { ClusterOptions, RedisOptions } from 'ioredis';
import { isOneOf, isPlainObject, join, optionInvalid } from '../common/options.js';
import { definedMembers } from '../common/defined-members.js';

/**
 * Options that are passed to ioredis unchanged, with the members of `redisOptions` on the same level and without
 * undefined members.
 */
export type PassThrough = Readonly<Partial<RedisOptions & ClusterOptions>>;

type Name = keyof (RedisOptions & ClusterOptions);

/** Options of ioredis that have an option of this package, by its name. */
const CONFIGURED_ELSEWHERE: Readonly<Partial<Record<Name, string>>> = {
  host: 'host',
  port: 'port',
  path: 'path',
  family: 'family',
  db: 'db',
  username: 'username',
  password: 'password',
  tls: 'tls',
  sentinels: 'sentinels',
  name: 'sentinelName',
  sentinelUsername: 'sentinelUsername',
  sentinelPassword: 'sentinelPassword',
  sentinelTLS: 'sentinelTls',
  enableTLSForSentinelMode: 'tls',
  scaleReads: 'readFrom',
  readOnly: 'readFrom',
  connectTimeout: 'connectTimeout',
  connectionName: 'connectionName',
};

/** Options that would break a guarantee of this package, each with the reason. */
const REFUSED: Readonly<Partial<Record<Name, string>>> = {
  keyPrefix: "ioredis adds its prefix to some keys twice; use the store's own keyPrefix",
  enableAutoPipelining: 'writes are corked and reads are coalesced already, which is faster',
  enableOfflineQueue: 'a command that timed out in the queue would still be sent later, over a newer value',
  autoResendUnfulfilledCommands: 'a resent INCR counts twice',
  maxRetriesPerRequest: "calls are retried by this package, within the call's deadline",
  commandTimeout: 'it keeps a dead socket in use; every call has a deadline already',
  lazyConnect: 'the store decides when to connect',
  enableReadyCheck:
    'without it the client reads from a server that is still loading its data, and accepts a replica as a master',
  reconnectOnError: 'READONLY reconnects already, and any other rule could send a command twice',
  monitor: 'a connection that monitors does not answer commands',
  role: 'reads and writes go to the master',
  failoverDetector: 'without it a replaced master acknowledges writes that are then lost',
  retryDelayOnFailover: 'a write whose deadline has passed would run later',
  retryDelayOnClusterDown: 'a write whose deadline has passed would run later',
  retryDelayOnTryAgain: 'a write whose deadline has passed would run later',
  stringNumbers: 'counters are parsed as numbers',
  replyMapping: 'replies are parsed in the shape of RESP2',
};

/** Strategies of reconnecting. A strategy that is null, or returns null or undefined, ends it permanently. */
const STRATEGIES = [
  'retryStrategy',
  'clusterRetryStrategy',
  'sentinelRetryStrategy',
  'sentinelReconnectStrategy',
] as const satisfies readonly Name[];

/** Options of the cluster as a whole. All others apply to each of its connections. */
const CLUSTER_ONLY = [
  'clusterRetryStrategy',
  'clusterNodeRetryStrategy',
  'maxRedirections',
  'retryDelayOnMoved',
  'slotsRefreshTimeout',
  'slotsRefreshInterval',
  'shardedSubscribers',
  'useSRVRecords',
  'resolveSrv',
  'dnsLookup',
] as const satisfies readonly (keyof ClusterOptions)[];

/** Options of the cluster as a whole in cluster mode, and of the connection in other modes. */
const WHOLE_CLUSTER_OPTIONS = [
  'natMap',
  'scripts',
  'himportFieldsets',
  'showFriendlyErrorStack',
] as const satisfies readonly (keyof RedisOptions & keyof ClusterOptions)[];

/**
 * Checks the option `ioredis`.
 * @throws RedisInfraError OPTION_INVALID for an option that this package sets by another name, or that would break a
 * guarantee
 */
export function checkPassThrough(options: unknown, path: string): PassThrough {
  if (options === undefined) return {};
  checkMembers(options, path);
  const { redisOptions, ...direct } = options;
  if (redisOptions === undefined) return definedMembers(direct);
  checkMembers(redisOptions, join(path, 'redisOptions'));
  return definedMembers({ ...redisOptions, ...direct });
}

function checkMembers(options: unknown, path: string): asserts options is PassThrough {
  if (!isPlainObject(options)) throw optionInvalid(path, 'must be a plain object of ioredis options');
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    const own = ownMember(CONFIGURED_ELSEWHERE, name);
    if (own !== undefined) throw optionInvalid(join(path, name), `is set with the option ${own}, not here`);
    const reason = ownMember(REFUSED, name);
    if (reason !== undefined) throw optionInvalid(join(path, name), `cannot be set: ${reason}`);
    if (isOneOf(STRATEGIES, name) && typeof value !== 'function') {
      throw optionInvalid(join(path, name), 'must be a function; any other value ends reconnecting permanently');
    }
  }
}

function ownMember(members: Readonly<Record<string, string | undefined>>, name: string): string | undefined {
  return Object.hasOwn(members, name) ? members[name] : undefined;
}

/** The options of a connection to one server. */
export function connectionMembers(options: PassThrough): Partial<RedisOptions> {
  return pick(options, (name) => !isOneOf(CLUSTER_ONLY, name));
}

/** The options of the cluster as a whole. */
export function clusterMembers(options: PassThrough): Partial<ClusterOptions> {
  return pick(options, (name) => isOneOf(CLUSTER_ONLY, name) || isOneOf(WHOLE_CLUSTER_OPTIONS, name));
}

/** The options of each connection of a cluster, without `retryStrategy`, which ioredis sets itself. */
export function clusterConnectionMembers(options: PassThrough): Partial<RedisOptions> {
  return pick(
    options,
    (name) => name !== 'retryStrategy' && !isOneOf(CLUSTER_ONLY, name) && !isOneOf(WHOLE_CLUSTER_OPTIONS, name),
  );
}

function pick(options: PassThrough, wanted: (name: string) => boolean): PassThrough {
  return Object.fromEntries(Object.entries(options).filter(([name]) => wanted(name)));
}
