import type { ConnectionOptions } from 'node:tls';
import { isDeepStrictEqual } from 'node:util';
import { durationMs } from '../common/duration.js';
import { checkInteger, checkOneOf, checkString, isPlainObject, optionInvalid } from '../common/options.js';
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

/** Where the server is. */
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

/** Options checked, merged with the url and filled up with the defaults. Holds secrets: it never leaves `RedisConfig`. */
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

/** Checks options whose names are known already. @throws RedisInfraError OPTION_INVALID, its path made by `at`. */
export function resolveConnection(options: RedisConfigOptions, at: OptionPath): ResolvedConnection {
  const given = options.url === undefined ? options : mergeUrl(options, parseConnectionUrl(options.url, at('url')), at);
  const mode = resolveMode(given, at);
  const { family, username, connectionName } = given;
  const {
    readFrom = DEFAULTS.readFrom,
    connectTimeout = DEFAULTS.connectTimeout,
    poolSize = DEFAULTS.poolSize,
  } = given;
  return Object.freeze({
    target: resolveTarget(given, mode, at),
    family: family === undefined ? undefined : checkFamily(family, at('family')),
    db: resolveDatabase(given, mode, at('db')),
    username: username === undefined ? undefined : stringOrNothing(username, at('username')),
    password: resolvePasswordSource(given.password, at('password')),
    tls: resolveDataTls(given, at('tls')),
    readFrom: checkOneOf(readFrom, at('readFrom'), ['master', 'prefer-replica']),
    connectTimeoutMs: durationMs(connectTimeout, at('connectTimeout'), { minMs: 1, maxMs: TEN_MINUTES_MS }),
    connectionName:
      connectionName === undefined ? undefined : checkConnectionName(connectionName, at('connectionName')),
    poolSize: checkInteger(poolSize, at('poolSize'), { min: 1, max: 1000 }),
    ioredis: checkPassThrough(given.ioredis, at('ioredis')),
  });
}

/** Options add what the url leaves out. One that says something else than the url is refused: neither is the obvious winner. */
function mergeUrl(options: RedisConfigOptions, parts: UrlParts, at: OptionPath): RedisConfigOptions {
  const stated: Partial<Record<keyof RedisConfigOptions, unknown>> = options;
  for (const name of Object.keys(parts) as (keyof UrlParts)[]) {
    const own = stated[name];
    const adds =
      own === undefined || isDeepStrictEqual(own, parts[name]) || (name === 'tls' && typeof own === 'object');
    if (!adds) throw optionInvalid(at(name), 'says something else than the url; leave it out of one of the two');
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
    throw optionInvalid(at('sentinelName'), "is needed in sentinel mode: the name of the master's group");
  }
  return {
    mode: 'sentinel',
    sentinels: resolveNodes(options.sentinels, at('sentinels'), DEFAULTS.sentinelPort),
    name: checkString(sentinelName, at('sentinelName')),
    sentinelUsername:
      sentinelUsername === undefined ? undefined : stringOrNothing(sentinelUsername, at('sentinelUsername')),
    sentinelPassword:
      sentinelPassword === undefined ? undefined : stringOrNothing(sentinelPassword, at('sentinelPassword')),
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
    throw optionInvalid(at('path'), 'stands instead of host and port; give one of the two');
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

function resolvePasswordSource(password: unknown, path: string): PasswordSource | undefined {
  if (typeof password === 'function') return password as PasswordSource;
  if (password === undefined || typeof password === 'string') return password === '' ? undefined : password;
  throw optionInvalid(path, 'must be a string or a function that gives one');
}

const SET_BY_ADDRESS = ['host', 'port', 'path', 'socket'];

function resolveDataTls({ tls, path: socket }: RedisConfigOptions, path: string): ConnectionOptions | undefined {
  if (tls !== undefined && tls !== false && socket !== undefined) {
    throw optionInvalid(path, 'is not spoken over a unix socket');
  }
  return resolveTls(tls, path);
}

function resolveTls(tls: unknown, path: string): ConnectionOptions | undefined {
  if (tls === undefined || tls === false) return undefined;
  if (tls === true) return {};
  if (!isPlainObject(tls)) throw optionInvalid(path, 'must be true, false or a plain object of options of tls.connect');
  for (const name of SET_BY_ADDRESS) {
    if (name in tls) {
      throw optionInvalid(`${path}.${name}`, 'would connect elsewhere than the address says; for SNI use servername');
    }
  }
  return { ...tls };
}

/** For names and passwords, where an empty string is as good as nothing: environments and templates produce it. */
function stringOrNothing(value: unknown, path: string): string | undefined {
  return checkString(value, path, true) || undefined;
}

function checkConnectionName(value: unknown, path: string): string {
  const name = checkString(value, path);
  // CLIENT SETNAME refuses these, and ioredis drops its answer: the name would be missing without a word.
  if (!/^[!-~]+$/.test(name)) throw optionInvalid(path, 'must consist of printable ASCII characters without spaces');
  return name;
}
