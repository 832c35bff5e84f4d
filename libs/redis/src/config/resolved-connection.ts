import type { ConnectionOptions } from 'node:tls';
import { isDeepStrictEqual } from 'node:util';
import { durationMs } from '../common/duration.js';
import { checkInteger, checkOneOf, checkString, isPlainObject, optionInvalid } from '../common/options.js';
import { namesOf } from '../common/records.js';
import { resolveMode } from './connection-mode.js';
import { parseConnectionUrl, type UrlParts } from './connection-url.js';
import { definedMembers } from '../common/defined-members.js';
import { checkHost, checkPort, resolveNodes, type HostPort } from './host-port.js';
import { checkPassThrough, type PassThrough } from './ioredis-pass-through.js';
import type { OptionPath } from './option-path.js';
import {
  MAX_DATABASE,
  REDIS_CONFIG_DEFAULTS as DEFAULTS,
  type PasswordSource,
  type RedisConfigOptions,
  type RedisMode,
} from './redis-config.options.js';

/** The address of the servers in each mode. */
export type Target =
  | { readonly mode: 'standalone'; readonly host: string; readonly port: number }
  | { readonly mode: 'standalone'; readonly path: string }
  | { readonly mode: 'cluster'; readonly nodes: readonly HostPort[] }
  | {
      readonly mode: 'sentinel';
      readonly sentinels: readonly HostPort[];
      readonly name: string;
      readonly sentinelUsername: string | undefined;
      readonly sentinelPassword: string | undefined;
      readonly sentinelTls: ConnectionOptions | undefined;
    }
  | { readonly mode: 'memory' };

/** The checked options, merged with the URL and the defaults. It contains secrets, so it never leaves `RedisConfig`. */
export interface ResolvedConnection {
  readonly target: Target;
  readonly family: 0 | 4 | 6 | undefined;
  readonly db: number;
  readonly username: string | undefined;
  readonly password: PasswordSource | undefined;
  readonly tls: ConnectionOptions | undefined;
  readonly readFrom: 'master' | 'prefer-replica';
  readonly connectTimeoutMs: number;
  readonly connectionName: string | undefined;
  readonly poolSize: number;
  readonly ioredis: PassThrough;
}

const TEN_MINUTES_MS = 600_000;

/**
 * Checks the values of options, whose names are checked before.
 * @throws RedisInfraError OPTION_INVALID with a path of `at`
 */
export function resolveConnection(options: RedisConfigOptions, at: OptionPath): ResolvedConnection {
  const merged =
    options.url === undefined ? options : mergeUrl(options, parseConnectionUrl(options.url, at('url')), at);
  const mode = resolveMode(merged, at);
  const { family, username, connectionName } = merged;
  const {
    readFrom = DEFAULTS.readFrom,
    connectTimeout = DEFAULTS.connectTimeout,
    poolSize = DEFAULTS.poolSize,
  } = merged;
  return Object.freeze({
    target: resolveTarget(merged, mode, at),
    family: family === undefined ? undefined : checkFamily(family, at('family')),
    db: resolveDatabase(merged, mode, at('db')),
    username: username === undefined ? undefined : nonEmptyString(username, at('username')),
    password: resolvePasswordSource(merged.password, at('password')),
    tls: resolveDataTls(merged, at('tls')),
    readFrom: checkOneOf(readFrom, at('readFrom'), ['master', 'prefer-replica']),
    connectTimeoutMs: durationMs(connectTimeout, at('connectTimeout'), { minMs: 1, maxMs: TEN_MINUTES_MS }),
    connectionName:
      connectionName === undefined ? undefined : checkConnectionName(connectionName, at('connectionName')),
    poolSize: checkInteger(poolSize, at('poolSize'), { min: 1, max: 1000 }),
    ioredis: checkPassThrough(merged.ioredis, at('ioredis')),
  });
}

/**
 * Adds the parts of the URL to the options. An option that contradicts the URL is refused, because neither obviously
 * takes precedence.
 */
function mergeUrl(options: RedisConfigOptions, parts: UrlParts, at: OptionPath): RedisConfigOptions {
  const values: Partial<Record<keyof RedisConfigOptions, unknown>> = options;
  for (const name of namesOf(parts)) {
    const own = values[name];
    const agrees =
      own === undefined || isDeepStrictEqual(own, parts[name]) || (name === 'tls' && typeof own === 'object');
    if (!agrees) throw optionInvalid(at(name), 'contradicts the url; set it in only one of the two');
  }
  return { ...parts, ...definedMembers(options) };
}

function resolveTarget(options: RedisConfigOptions, mode: RedisMode, at: OptionPath): Target {
  switch (mode) {
    case 'memory':
      return { mode };
    case 'cluster':
      return { mode, nodes: resolveNodes(options.nodes, at('nodes'), DEFAULTS.port) };
    case 'sentinel':
      return resolveSentinels(options, at);
    case 'standalone':
      return resolveServer(options, at);
  }
}

function resolveSentinels(options: RedisConfigOptions, at: OptionPath): Target {
  const { sentinelName, sentinelUsername, sentinelPassword, sentinelTls } = options;
  if (sentinelName === undefined) {
    throw optionInvalid(at('sentinelName'), 'is required in sentinel mode: the name of the master group');
  }
  return {
    mode: 'sentinel',
    sentinels: resolveNodes(options.sentinels, at('sentinels'), DEFAULTS.sentinelPort),
    name: checkString(sentinelName, at('sentinelName')),
    sentinelUsername:
      sentinelUsername === undefined ? undefined : nonEmptyString(sentinelUsername, at('sentinelUsername')),
    sentinelPassword:
      sentinelPassword === undefined ? undefined : nonEmptyString(sentinelPassword, at('sentinelPassword')),
    sentinelTls:
      sentinelTls === undefined ? resolveTls(options.tls, at('tls')) : resolveTls(sentinelTls, at('sentinelTls')),
  };
}

function resolveServer(options: RedisConfigOptions, at: OptionPath): Target {
  if (options.path === undefined) {
    const { host = DEFAULTS.host, port = DEFAULTS.port } = options;
    return { mode: 'standalone', host: checkHost(host, at('host')), port: checkPort(port, at('port')) };
  }
  if (options.host !== undefined || options.port !== undefined) {
    throw optionInvalid(at('path'), 'replaces host and port; set only one of the two');
  }
  return { mode: 'standalone', path: checkString(options.path, at('path')) };
}

function checkFamily(family: unknown, path: string): 0 | 4 | 6 {
  if (family === 0 || family === 4 || family === 6) return family;
  throw optionInvalid(path, 'must be 0, 4 or 6');
}

function resolveDatabase({ db = DEFAULTS.db }: RedisConfigOptions, mode: RedisMode, path: string): number {
  checkInteger(db, path, { min: 0, max: MAX_DATABASE });
  if (mode === 'cluster' && db !== 0) throw optionInvalid(path, 'must be 0: a cluster has no other database');
  return db;
}

function resolvePasswordSource(password: RedisConfigOptions['password'], path: string): PasswordSource | undefined {
  if (typeof password === 'function') return password;
  if (password === undefined || typeof password === 'string') return password === '' ? undefined : password;
  throw optionInvalid(path, 'must be a string or a function that returns a string');
}

const SET_BY_ADDRESS = ['host', 'port', 'path', 'socket'];

function resolveDataTls({ tls, path: socket }: RedisConfigOptions, path: string): ConnectionOptions | undefined {
  if (tls !== undefined && tls !== false && socket !== undefined) {
    throw optionInvalid(path, 'cannot be used with a unix socket');
  }
  return resolveTls(tls, path);
}

function resolveTls(tls: unknown, path: string): ConnectionOptions | undefined {
  if (tls === undefined || tls === false) return undefined;
  if (tls === true) return {};
  if (!isPlainObject(tls))
    throw optionInvalid(path, 'must be true, false or a plain object of the options of tls.connect');
  for (const name of SET_BY_ADDRESS) {
    if (name in tls) {
      throw optionInvalid(
        `${path}.${name}`,
        'must not be set here, because the address is an option of the connection; for SNI use servername',
      );
    }
  }
  return { ...tls };
}

/** A string, or undefined for an empty one, which environments and templates produce for a missing value. */
function nonEmptyString(value: unknown, path: string): string | undefined {
  return checkString(value, path, true) || undefined;
}

function checkConnectionName(value: unknown, path: string): string {
  const name = checkString(value, path);
  // CLIENT SETNAME refuses other characters, and ioredis ignores its reply, so the name would be missing without an
  // error.
  if (!/^[!-~]+$/.test(name)) throw optionInvalid(path, 'must consist of printable ASCII characters without spaces');
  return name;
}
