import { checkOptions, join } from '../../common/options.js';
import type { RedisSettings } from '../redis-process/directives.js';

/** A user of the server's access control list, switched on. */
export interface RedisServerUser {
  /** The password of the user. */
  readonly password: string;
  /** What the user may do, as in `ACL SETUSER`, words apart by a space: `'~app:* +@read'`. @default '~* &* +@all' */
  readonly rules?: string | undefined;
}

/** What one server and every server of a group may be given. */
export interface RedisServerSettings {
  /**
   * Speaks TLS, and only TLS, with certificates made for tests; the client trusts them with the `tls` of what was started. Needs a
   * binary built with TLS, as the packages of the systems are.
   * @default false
   */
  readonly tls?: boolean | undefined;
  /** The password of the default user. @default none is asked for */
  readonly requirepass?: string | undefined;
  /**
   * Users by name. The default user is switched off then, unless it is among them or has a `requirepass`. `url` signs in as the
   * first. @default only the default user
   */
  readonly users?: Readonly<Record<string, RedisServerUser>> | undefined;
  /**
   * Settings as in a `redis.conf`, over those of all other options: `{ databases: '4' }`; several arguments are an array:
   * `{ save: ['60', '1'] }`. Not `aclfile`: use `users`. @default nothing is written to disk
   */
  readonly config?: RedisSettings | undefined;
}

/** Options of `RedisServer.start`. */
export interface RedisServerOptions extends RedisServerSettings {
  /** The port of 127.0.0.1 to listen on. @default a free one */
  readonly port?: number | undefined;
  /** Listens on a unix socket too, and `url` leads there. @default false */
  readonly unixSocket?: boolean | undefined;
  /** The server to be a replica of, of this process; both speak TLS or neither does. @default it is a master */
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

/** @throws RedisInfraError OPTION_INVALID for a name that the options, or a user of them, do not have. */
export function checkServerOptions(options: RedisServerOptions, known: readonly string[] = SERVER_OPTIONS): void {
  checkOptions(options, known, '');
  for (const [name, user] of Object.entries(options.users ?? {}))
    checkOptions(user, ['password', 'rules'], join('users', name));
}
