import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { directivesOf, type Directive } from '../redis-process/directives.js';
import { HARNESS_USER } from '../redis-process/harness-user.js';
import type { RedisServerSettings } from './redis-server.options.js';
import { TEST_CERTIFICATES } from './test-certificates.js';

/** Nothing is written to disk unless a setting enables it, and replicas sync immediately. */
const QUIET = {
  bind: '127.0.0.1',
  save: '',
  appendonly: 'no',
  loglevel: 'warning',
  daemonize: 'no',
  masteruser: HARNESS_USER.name,
  masterauth: HARNESS_USER.password,
  'repl-diskless-sync': 'yes',
  'repl-diskless-sync-delay': '0',
  'repl-ping-replica-period': '1',
  'rdb-del-sync-files': 'yes',
};

const EVERYTHING = '~* &* +@all';

export interface ServerLocation {
  readonly port: number;
  /** The folder for the certificates. */
  readonly folder: string;
}

/**
 * The `redis.conf` of a server: the common lines, `own`, and last the `config` of the user, which overrides the others.
 */
export function serverDirectives(
  { port, folder }: ServerLocation,
  { tls = false, requirepass, users, config = {} }: RedisServerSettings,
  own: readonly Directive[] = [],
): readonly Directive[] {
  return [
    ...directivesOf(QUIET),
    ...(tls ? tlsDirectives(port, folder) : [['port', String(port)]]),
    ...(requirepass === undefined ? [] : [['requirepass', requirepass]]),
    ...userDirectives(users, requirepass !== undefined),
    ...own,
    ...directivesOf(config),
  ];
}

/** The lines that enable TLS. A Sentinel ignores `tls-cluster`. */
export function tlsDirectives(port: number, folder: string): readonly Directive[] {
  return [
    ['port', '0'],
    ['tls-port', String(port)],
    ['tls-auth-clients', 'no'],
    ['tls-replication', 'yes'],
    ['tls-cluster', 'yes'],
    ['tls-ca-cert-file', writeFile(folder, 'ca.pem', TEST_CERTIFICATES.ca)],
    ['tls-cert-file', writeFile(folder, 'cert.pem', TEST_CERTIFICATES.cert)],
    ['tls-key-file', writeFile(folder, 'key.pem', TEST_CERTIFICATES.key)],
  ];
}

function userDirectives(users: RedisServerSettings['users'], keepDefault: boolean): readonly Directive[] {
  if (users === undefined) return [];
  const lines = Object.entries(users).map(([name, { password, rules = EVERYTHING }]) => [
    'user',
    name,
    ...['reset', 'on', `>${password}`],
    ...rules.split(' ').filter((rule) => rule !== ''),
  ]);
  return keepDefault || 'default' in users ? lines : [...lines, ['user', 'default', 'off']];
}

function writeFile(folder: string, name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}
