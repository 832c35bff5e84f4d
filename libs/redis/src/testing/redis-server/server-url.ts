import type { RedisServerSettings } from './redis-server.options.js';

/** For a client of a server that speaks TLS: what `tls.connect` takes, `tls` of ioredis and of the connection options. */
export interface ClientTls {
  /** The authority that signed the servers' certificates, PEM. */
  readonly ca: string;
}

/** A connection url: `redis` or `rediss`, with `+kind` where there is one, the credentials, and what follows them. */
export function serverUrl(
  settings: RedisServerSettings,
  kind: '' | 'sentinel' | 'cluster',
  place: string,
  user?: string,
): string {
  const scheme = `${settings.tls === true ? 'rediss' : 'redis'}${kind === '' ? '' : `+${kind}`}`;
  return `${scheme}://${credentialsOf(settings, user)}${place}`;
}

/**
 * `user:password@` as in a url, for the user named, else the first, else the default user with the password it has.
 * @throws Error for a user that there is not.
 */
export function credentialsOf({ users = {}, requirepass }: RedisServerSettings, name = Object.keys(users)[0]): string {
  if (name === undefined || (name === 'default' && users.default === undefined)) {
    return requirepass === undefined ? '' : `:${encodeURIComponent(requirepass)}@`;
  }
  const user = users[name];
  if (user === undefined) throw new Error(`there is no user '${name}'; there are ${Object.keys(users).join(', ')}`);
  return `${encodeURIComponent(name)}:${encodeURIComponent(user.password)}@`;
}
