import type { RedisServerSettings } from './redis-server.options.js';

/** TLS options for a client, as `tls.connect`, ioredis and the connection options take them. */
export interface ClientTls {
  /** The certificate of the authority that signed the servers' certificates, PEM. */
  readonly ca: string;
}

/** A connection URL: the scheme `redis` or `rediss`, with `+kind` if there is one, the credentials, and `location`. */
export function serverUrl(
  settings: RedisServerSettings,
  kind: '' | 'sentinel' | 'cluster',
  location: string,
  user?: string,
): string {
  const scheme = `${settings.tls === true ? 'rediss' : 'redis'}${kind === '' ? '' : `+${kind}`}`;
  return `${scheme}://${credentialsOf(settings, user)}${location}`;
}

/**
 * `user:password@` as in a URL, for the named user, else the first user, else the default user with its password.
 * @throws Error when there is no such user.
 */
export function credentialsOf({ users = {}, requirepass }: RedisServerSettings, name = Object.keys(users)[0]): string {
  if (name === undefined || (name === 'default' && users.default === undefined)) {
    return requirepass === undefined ? '' : `:${encodeURIComponent(requirepass)}@`;
  }
  const user = users[name];
  if (user === undefined) throw new Error(`unknown user '${name}': the users are ${Object.keys(users).join(', ')}`);
  return `${encodeURIComponent(name)}:${encodeURIComponent(user.password)}@`;
}
