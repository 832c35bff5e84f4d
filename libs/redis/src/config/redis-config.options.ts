import type { ConnectionOptions } from 'node:tls';
import type { ClusterOptions, RedisOptions } from 'ioredis';
import type { Duration } from '../common/duration.js';

/**
 * How Redis is reached. `standalone`: one server; `sentinel`: a master that Sentinels name; `cluster`: Redis or Valkey Cluster;
 * `memory`: the embedded store, nothing to install.
 */
export type RedisMode = 'standalone' | 'cluster' | 'sentinel' | 'memory';

/** One address. As a string: `'host'`, `'host:port'`, `'[::1]:7000'`. */
export interface RedisNode {
  /** A name or an IP address, an IPv6 address without brackets. */
  readonly host: string;
  /** 1 to 65535. @default 6379, of a Sentinel 26379 */
  readonly port?: number | undefined;
}

/** A password, or a function asked for it at each connect (tokens that rotate). */
export type PasswordSource = string | (() => string | Promise<string>);

/**
 * Where Redis is and how to talk to it.
 *
 * The mode follows from what is given: the scheme of `url`, `nodes` (cluster), `sentinels` (sentinel), else standalone.
 * A `url` and separate options merge: an option adds what the url leaves out; one that says what the url says already is refused
 * unless it says the same. Where and who (`host`, `nodes`, `password`, `tls`…) must fit the mode; how (`connectTimeout`,
 * `connectionName`, `poolSize`, `readFrom`, `ioredis`) is taken in every mode and left unused where it means nothing.
 * Anything else throws OPTION_INVALID with the option's path.
 */
export interface RedisConfigOptions {
  /**
   * - `redis://[user:password@]host[:port][/db]`, `rediss://` with TLS;
   * - `redis+unix://[user:password@]/path/to/socket[?db=2]`;
   * - `redis+sentinel://[user:password@]host[:port],host[:port]/name[/db]`, `rediss+sentinel://` with TLS; the credentials are the
   *   data servers', those of the Sentinels are `sentinelUsername` and `sentinelPassword`; TLS is for both, see `sentinelTls`;
   * - `redis+cluster://[user:password@]host[:port],host[:port]`, `rediss+cluster://` with TLS;
   * - `memory://`.
   *
   * IPv6 addresses stand in brackets; parts are percent-decoded, so `/ ? # @ :` and white space in a password are written encoded.
   * @see https://www.iana.org/assignments/uri-schemes/prov/redis
   */
  readonly url?: string | undefined;
  /** Checked against what is given. @default what follows from the other options; `standalone` when nothing says otherwise */
  readonly mode?: RedisMode | undefined;
  /** Standalone. @default '127.0.0.1' */
  readonly host?: string | undefined;
  /** Standalone, 1 to 65535. @default 6379 */
  readonly port?: number | undefined;
  /** Standalone: the path of a unix socket, instead of `host` and `port`. */
  readonly path?: string | undefined;
  /** IP version of looked-up addresses; 0 is either. @default 0 */
  readonly family?: 0 | 4 | 6 | undefined;
  /** The database's number. A cluster has only 0. @default 0 */
  readonly db?: number | undefined;
  /** ACL user; undefined or '' is the default user. */
  readonly username?: string | undefined;
  /** Undefined or '' is none. A function is asked at each connect. */
  readonly password?: PasswordSource | undefined;
  /** True, or what `tls.connect` takes; an object is the same as true with these options. @default false */
  readonly tls?: boolean | ConnectionOptions | undefined;
  /** Cluster: at least one node to learn the others from. */
  readonly nodes?: readonly (RedisNode | string)[] | undefined;
  /** Sentinel: at least one. */
  readonly sentinels?: readonly (RedisNode | string)[] | undefined;
  /** Sentinel: the name of the master's group. Needed in sentinel mode. */
  readonly sentinelName?: string | undefined;
  /** Sentinel: the ACL user at the Sentinels; undefined or '' is the default user. */
  readonly sentinelUsername?: string | undefined;
  /** Sentinel: the password at the Sentinels; undefined or '' is none. */
  readonly sentinelPassword?: string | undefined;
  /**
   * Sentinel: TLS to the Sentinels; `tls` is then for the data servers only. True, or what `tls.connect` takes; false is none.
   * @default the same as `tls`
   */
  readonly sentinelTls?: boolean | ConnectionOptions | undefined;
  /**
   * Cluster: `prefer-replica` reads from a replica of the key's node that is up, else from the master. Such reads may lag, behind the
   * reader's own writes too. Scripts and writes go to masters. In the other modes all calls go to the one server. @default 'master'
   */
  readonly readFrom?: 'master' | 'prefer-replica' | undefined;
  /** How long one attempt to connect may take, 1 ms to 10 min. @default '2s' */
  readonly connectTimeout?: Duration | undefined;
  /** Shown in CLIENT LIST; no white space. */
  readonly connectionName?: string | undefined;
  /** Connections per server, 1 to 1000. @default 1 */
  readonly poolSize?: number | undefined;
  /**
   * Anything else ioredis takes, handed through as it is, for one connection or the cluster. What this package promises is not
   * negotiable here: an option that would break it (`enableOfflineQueue`, `keyPrefix`, `commandTimeout`…), or that has an option of
   * its own above, is refused and the message says why. Options of another mode are left out; so is what is undefined.
   */
  readonly ioredis?: Readonly<Partial<RedisOptions & ClusterOptions>> | undefined;
}

/** The names above, for the check that refuses any other. */
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

/** Redis numbers its databases with a signed 32-bit integer; how many there are is the server's setting. */
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
