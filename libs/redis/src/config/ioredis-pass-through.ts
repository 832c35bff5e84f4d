import type { ClusterOptions, RedisOptions } from 'ioredis';
import { isPlainObject, join, optionInvalid } from '../common/options.js';
import { definedMembers } from '../common/defined-members.js';

/** What is handed to ioredis as it is; `redisOptions` flattened into it, undefined left out. */
export type PassThrough = Readonly<Partial<RedisOptions & ClusterOptions>>;

type Name = keyof (RedisOptions & ClusterOptions);

/** Options that have one of their own here. */
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

/** Options that would break what this package promises, and what each would break. */
const PROMISES: Readonly<Partial<Record<Name, string>>> = {
  keyPrefix: "ioredis' prefix is put on some keys twice and hides in a cluster; use the store's own keyPrefix",
  enableAutoPipelining: 'writes are corked and reads coalesced already, which is faster',
  enableOfflineQueue: 'a command that timed out in the queue would still be sent later, over a newer value',
  autoResendUnfulfilledCommands: 'a resent INCR counts twice',
  maxRetriesPerRequest: "calls are retried by this package, within the call's deadline",
  commandTimeout: 'it leaves a dead socket in use; every call has a deadline already',
  lazyConnect: 'the store decides when to connect',
  enableReadyCheck:
    'without it a server that is still loading its data is asked for values, and a replica taken for a master',
  reconnectOnError: 'READONLY reconnects already, and any other answer could send a command twice',
  monitor: 'a connection that monitors answers no commands',
  role: 'reads and writes go to the master',
  failoverDetector: 'without it writes to a master that was replaced are acknowledged and lost',
  retryDelayOnFailover: 'a write whose deadline has passed would run later',
  retryDelayOnClusterDown: 'a write whose deadline has passed would run later',
  retryDelayOnTryAgain: 'a write whose deadline has passed would run later',
  stringNumbers: 'counters are read as numbers',
  replyMapping: 'replies are read in the shape of RESP2',
};

/** Null or nothing from one of these ends reconnecting for good; so does null in their place. */
const STRATEGIES = [
  'retryStrategy',
  'clusterRetryStrategy',
  'sentinelRetryStrategy',
  'sentinelReconnectStrategy',
] as const satisfies readonly Name[];

/** What belongs to the cluster as a whole; all else goes to each of its connections. */
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

/** Of one connection where there is one, of the cluster where there is a cluster. */
const WHOLE_CLUSTER_OPTIONS = [
  'natMap',
  'scripts',
  'himportFieldsets',
  'showFriendlyErrorStack',
] as const satisfies readonly (keyof RedisOptions & keyof ClusterOptions)[];

/** @throws RedisInfraError OPTION_INVALID for an option that has its own name here, or would break a promise. */
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
  for (const [name, value] of Object.entries(options) as [Name, unknown][]) {
    if (value === undefined) continue;
    const own = ownMember(CONFIGURED_ELSEWHERE, name);
    if (own !== undefined) throw optionInvalid(join(path, name), `is said by the option ${own}, not here`);
    const reason = ownMember(PROMISES, name);
    if (reason !== undefined) throw optionInvalid(join(path, name), `cannot be set: ${reason}`);
    if (isOneOf(STRATEGIES, name) && typeof value !== 'function') {
      throw optionInvalid(join(path, name), 'must be a function; anything else ends reconnecting for good');
    }
  }
}

function ownMember(members: Readonly<Partial<Record<Name, string>>>, name: Name): string | undefined {
  return Object.hasOwn(members, name) ? members[name] : undefined;
}

function isOneOf(names: readonly Name[], name: string): boolean {
  return names.includes(name as Name);
}

/** What one connection of its own takes. */
export function connectionMembers(options: PassThrough): Partial<RedisOptions> {
  return pick(options, (name) => !isOneOf(CLUSTER_ONLY, name));
}

/** What the cluster takes. */
export function clusterMembers(options: PassThrough): Partial<ClusterOptions> {
  return pick(options, (name) => isOneOf(CLUSTER_ONLY, name) || isOneOf(WHOLE_CLUSTER_OPTIONS, name));
}

/** What each connection of a cluster takes. `retryStrategy` is not among it: ioredis sets a cluster's own. */
export function clusterConnectionMembers(options: PassThrough): Partial<RedisOptions> {
  return pick(
    options,
    (name) => name !== 'retryStrategy' && !isOneOf(CLUSTER_ONLY, name) && !isOneOf(WHOLE_CLUSTER_OPTIONS, name),
  );
}

function pick(options: PassThrough, wanted: (name: string) => boolean): PassThrough {
  return Object.fromEntries(Object.entries(options).filter(([name]) => wanted(name)));
}
