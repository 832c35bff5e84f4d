import { checkOptions, join } from '../../common/options.js';
import type { RedisSettings } from '../redis-process/directives.js';

/** An enabled user of the server's access control list. */
export interface RedisServerUser {
  /** The password of the user. */
  readonly password: string;
  /** The user's permissions as in `ACL SETUSER`, separated by spaces: `'~app:* +@read'`. @default '~* &* +@all' */
  readonly rules?: string | undefined;
}

/** The settings of a single server, and of every server of a cluster or Sentinel group. */
export interface RedisServerSettings {
  /**
   * Accepts TLS connections only, with certificates made for tests. Clients trust them with the `tls` property of the
   * started server. Needs a binary built with TLS, as the packages of the operating systems are.
   * @default false
   */
  readonly tls?: boolean | undefined;
  /** The password of the default user. @default no password */
  readonly requirepass?: string | undefined;
  /**
   * Users by name. They disable the default user, unless it is one of them or `requirepass` is set. `url` signs in as
   * the first user.
   * @default only the default user
   */
  readonly users?: Readonly<Record<string, RedisServerUser>> | undefined;
  /**
   * Settings as in a `redis.conf`, which override all other options: `{ databases: '4' }`. An array holds several
   * arguments: `{ save: ['60', '1'] }`. Use `users` instead of `aclfile`.
   * @default nothing is written to disk
   */
  readonly config?: RedisSettings | undefined;
}

/** Options of `RedisServer.start`. */
export interface RedisServerOptions extends RedisServerSettings {
  /** The port of 127.0.0.1 to listen on. @default a free port */
  readonly port?: number | undefined;
  /** Listens on a unix socket too; `url` then points to it. @default false */
  readonly unixSocket?: boolean | undefined;
  /**
   * The master to replicate, a server of this process. Both use TLS or neither does.
   * @default the server is a master
   */
  readonly replicaOf?: { readonly port: number } | undefined;
}

export const SERVER_SETTINGS = [
  'tls',
  'requirepass',
  'users',
  'config',
] as const satisfies readonly (keyof RedisServerSettings)[];
const SERVER_OPTIONS = [
  'port',
  'unixSocket',
  'replicaOf',
  ...SERVER_SETTINGS,
] as const satisfies readonly (keyof RedisServerOptions)[];

/** @throws RedisInfraError OPTION_INVALID for an unknown option, or an unknown member of a user. */
export function checkServerOptions(options: RedisServerOptions, known: readonly string[] = SERVER_OPTIONS): void {
  checkOptions(options, known, '');
  for (const [name, user] of Object.entries(options.users ?? {}))
    checkOptions(user, ['password', 'rules'], join('users', name));
}
