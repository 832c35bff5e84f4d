import type { ConnectionOptions } from 'node:tls';
import type { ClusterOptions, RedisOptions } from 'ioredis';
import type { Duration } from '../common/duration.js';

/**
 * How to connect. `standalone`: one server; `sentinel`: a master that Sentinels name; `cluster`: Redis or Valkey
 * Cluster; `memory`: the embedded store, without a server.
 */
export type RedisMode = 'standalone' | 'cluster' | 'sentinel' | 'memory';

/** An address. Also accepted as a string: `'host'`, `'host:port'`, `'[::1]:7000'`. */
export interface RedisNode {
  /** A host name or an IP address; an IPv6 address has no brackets. */
  readonly host: string;
  /** From 1 to 65535. @default 6379, and 26379 for a Sentinel */
  readonly port?: number | undefined;
}

/** A password, or a function that returns it and is called at each connect (for rotating tokens). */
export type PasswordSource = string | (() => string | Promise<string>);

/**
 * The options of a connection.
 *
 * The mode follows from the scheme of `url`, from `nodes` (cluster) or `sentinels` (sentinel); otherwise it is
 * standalone. Options add to a `url` the parts that it leaves out. An option that contradicts the URL is refused; one
 * that repeats it is accepted. Options of the address, the credentials and TLS (`host`, `nodes`, `password`, `tls`…)
 * must fit the mode. The other options (`connectTimeout`, `connectionName`, `poolSize`, `readFrom`, `ioredis`) are
 * accepted in every mode and ignored where they have no effect. An invalid option throws OPTION_INVALID with its path.
 */
export interface RedisConfigOptions {
  /**
   * - `redis://[user:password@]host[:port][/db]`, `rediss://` with TLS;
   * - `redis+unix://[user:password@]/path/to/socket[?db=2]`;
   * - `redis+sentinel://[user:password@]host[:port],host[:port]/name[/db]`, `rediss+sentinel://` with TLS; the
   * credentials are for the data
   *   servers, see `sentinelUsername` and `sentinelPassword`; TLS is for data servers and Sentinels, see `sentinelTls`;
   * - `redis+cluster://[user:password@]host[:port],host[:port]`, `rediss+cluster://` with TLS;
   * - `memory://`.
   *
   * IPv6 addresses have brackets. All parts are percent-decoded, so encode `/ ? # @ :` and white space in a password.
   * @see https://www.iana.org/assignments/uri-schemes/prov/redis
   */
  readonly url?: string | undefined;
  /** Must agree with the other options. @default the mode that follows from them, see `RedisConfigOptions` */
  readonly mode?: RedisMode | undefined;
  /** Standalone. @default '127.0.0.1' */
  readonly host?: string | undefined;
  /** Standalone, 1 to 65535. @default 6379 */
  readonly port?: number | undefined;
  /** Standalone: the path of a Unix socket. It replaces `host` and `port`. */
  readonly path?: string | undefined;
  /** The IP version of DNS lookups; 0 accepts both. @default 0 */
  readonly family?: 0 | 4 | 6 | undefined;
  /** The number of the database. A cluster has only 0. @default 0 */
  readonly db?: number | undefined;
  /** The ACL user; undefined or '' is the default user. */
  readonly username?: string | undefined;
  /** The password; undefined or '' is none. A function is called at each connect. */
  readonly password?: PasswordSource | undefined;
  /** TLS with the options of `tls.connect`; `true` is TLS without further options. @default false */
  readonly tls?: boolean | ConnectionOptions | undefined;
  /** Cluster: at least one node, from which the client reads the others. */
  readonly nodes?: readonly (RedisNode | string)[] | undefined;
  /** Sentinel: the addresses of at least one Sentinel. */
  readonly sentinels?: readonly (RedisNode | string)[] | undefined;
  /** Sentinel: the name of the master group. Required in sentinel mode. */
  readonly sentinelName?: string | undefined;
  /** Sentinel: the ACL user at the Sentinels; undefined or '' is the default user. */
  readonly sentinelUsername?: string | undefined;
  /** Sentinel: the password at the Sentinels; undefined or '' is none. */
  readonly sentinelPassword?: string | undefined;
  /**
   * Sentinel: TLS of the connections to the Sentinels, with the same values as `tls`, which is then for the data
   * servers only.
   * @default the same as `tls`
   */
  readonly sentinelTls?: boolean | ConnectionOptions | undefined;
  /**
   * Cluster: `prefer-replica` reads from a connected replica of the key's node, or else from the master. Such reads may
   * return old values, even after a write of the same caller. Scripts and writes go to masters. In other modes all
   * calls go to the one server.
   * @default 'master'
   */
  readonly readFrom?: 'master' | 'prefer-replica' | undefined;
  /** The maximum time of one attempt to connect, from 1 ms to 10 min. @default '2s' */
  readonly connectTimeout?: Duration | undefined;
  /** The name in CLIENT LIST: printable ASCII characters without spaces. @default none */
  readonly connectionName?: string | undefined;
  /** The number of connections to each server, from 1 to 1000. @default 1 */
  readonly poolSize?: number | undefined;
  /**
   * Further options of ioredis, for one connection or for the cluster. Refused are options that would break a guarantee
   * of this package (`enableOfflineQueue`, `keyPrefix`, `commandTimeout`…), and options that have a name of their own
   * above. Options of another mode and undefined options are ignored.
   */
  readonly ioredis?: Readonly<Partial<RedisOptions & ClusterOptions>> | undefined;
}

/** The names of all options; any other name is refused. */
export const REDIS_CONFIG_OPTIONS = [
  'url',
  'mode',
  'host',
  'port',
  'path',
  'family',
  'db',
  'username',
  'password',
  'tls',
  'nodes',
  'sentinels',
  'sentinelName',
  'sentinelUsername',
  'sentinelPassword',
  'sentinelTls',
  'readFrom',
  'connectTimeout',
  'connectionName',
  'poolSize',
  'ioredis',
] as const satisfies readonly (keyof RedisConfigOptions)[];

/**
 * Redis numbers its databases with a signed 32-bit integer. The setting `databases` of the server is the actual limit.
 */
export const MAX_DATABASE = 2 ** 31 - 1;

export const REDIS_CONFIG_DEFAULTS = Object.freeze({
  host: '127.0.0.1',
  port: 6379,
  sentinelPort: 26379,
  db: 0,
  readFrom: 'master',
  connectTimeout: '2s',
  poolSize: 1,
} as const);
