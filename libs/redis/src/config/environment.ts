import { optionInvalid } from '../common/options.js';
import { parseConnectionUrl } from './connection-url.js';
import { HOST_PORT_FORM, digits, parseHostPort } from './host-port.js';
import type { OptionPath } from './option-path.js';
import type { RedisConfigOptions, RedisNode } from './redis-config.options.js';

export interface EnvironmentReading {
  readonly options: RedisConfigOptions;
  /** The variable an option came from, so that an error names what to change. */
  readonly at: OptionPath;
}

const VARIABLES: Readonly<Partial<Record<string, string>>> = {
  url: 'REDIS_URL',
  host: 'REDIS_HOST',
  port: 'REDIS_PORT',
  db: 'REDIS_DB',
  username: 'REDIS_USERNAME',
  password: 'REDIS_PASSWORD',
  tls: 'REDIS_TLS',
  nodes: 'REDIS_CLUSTER_NODES',
  sentinels: 'REDIS_SENTINELS',
  sentinelName: 'REDIS_SENTINEL_NAME',
  sentinelUsername: 'REDIS_SENTINEL_USERNAME',
  sentinelPassword: 'REDIS_SENTINEL_PASSWORD',
};

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Reads `REDIS_URL`, or else `REDIS_HOST REDIS_PORT REDIS_DB REDIS_USERNAME REDIS_PASSWORD REDIS_TLS`, with `REDIS_CLUSTER_NODES` or
 * `REDIS_SENTINELS`, `REDIS_SENTINEL_NAME`, `REDIS_SENTINEL_USERNAME` and `REDIS_SENTINEL_PASSWORD` (lists with commas) for the other
 * modes. An empty variable counts as not set; nothing set is memory mode. Beside a `REDIS_URL` only `REDIS_USERNAME`, `REDIS_PASSWORD`
 * and `REDIS_TLS` are read, and the credentials at the Sentinels where the url names some; only for what the url leaves out; the address is the url's alone, because Kubernetes sets `REDIS_PORT` by itself where a service is named `redis`.
 * @throws RedisInfraError OPTION_INVALID whose path is the variable's name.
 */
export function readEnvironment(env: Variables): EnvironmentReading {
  const set = (name: string): string | undefined => env[name] || undefined;
  const url = set('REDIS_URL');
  if (url !== undefined) return fromUrl(url, set);
  const options: RedisConfigOptions = {
    host: set('REDIS_HOST'),
    port: parsePort(set('REDIS_PORT')),
    db: parseNumber(set('REDIS_DB'), 'REDIS_DB'),
    ...secured(set),
    nodes: parseList(set('REDIS_CLUSTER_NODES'), 'REDIS_CLUSTER_NODES'),
    sentinels: parseList(set('REDIS_SENTINELS'), 'REDIS_SENTINELS'),
    sentinelName: set('REDIS_SENTINEL_NAME'),
    ...atSentinels(set),
  };
  const nothing = Object.values(options).every((value) => value === undefined);
  return { options: nothing ? { mode: 'memory' } : options, at: (option) => VARIABLES[option] ?? option };
}

function fromUrl(url: string, set: (name: string) => string | undefined): EnvironmentReading {
  const parts = parseConnectionUrl(url, 'REDIS_URL');
  if (parts.mode === 'memory') return { options: parts, at: () => 'REDIS_URL' };
  const { username, password, tls } = secured(set);
  const named = parts.username !== undefined || parts.password !== undefined;
  const sentinel = parts.mode === 'sentinel' ? atSentinels(set) : {};
  const added = { username: named ? undefined : username, password, tls, ...sentinel };
  const filled = Object.keys(added).filter((name) => !Object.hasOwn(parts, name));
  return {
    options: { ...added, ...parts },
    at: (option) => (filled.includes(option) ? (VARIABLES[option] ?? option) : 'REDIS_URL'),
  };
}

function secured(set: (name: string) => string | undefined): Pick<RedisConfigOptions, 'username' | 'password' | 'tls'> {
  return {
    username: set('REDIS_USERNAME'),
    password: set('REDIS_PASSWORD'),
    tls: parseSwitch(set('REDIS_TLS'), 'REDIS_TLS'),
  };
}

function atSentinels(
  set: (name: string) => string | undefined,
): Pick<RedisConfigOptions, 'sentinelUsername' | 'sentinelPassword'> {
  return { sentinelUsername: set('REDIS_SENTINEL_USERNAME'), sentinelPassword: set('REDIS_SENTINEL_PASSWORD') };
}

function parsePort(text: string | undefined): number | undefined {
  if (text?.startsWith('tcp://')) {
    throw optionInvalid(
      'REDIS_PORT',
      'must be a port; Kubernetes sets it to an address where a service is named redis: use REDIS_URL, or enableServiceLinks: false',
    );
  }
  return parseNumber(text, 'REDIS_PORT');
}

function parseNumber(text: string | undefined, variable: string): number | undefined {
  if (text === undefined) return undefined;
  const number = digits(text);
  if (number === undefined) throw optionInvalid(variable, 'must be a whole number');
  return number;
}

/** "No" is the same as nothing said: a template that only holds `REDIS_TLS=false` configures no server. */
function parseSwitch(text: string | undefined, variable: string): true | undefined {
  if (text === undefined || /^(false|0|no|off)$/i.test(text)) return undefined;
  if (/^(true|1|yes|on)$/i.test(text)) return true;
  throw optionInvalid(variable, 'must be true or false');
}

function parseList(text: string | undefined, variable: string): readonly RedisNode[] | undefined {
  return text?.split(',').map((entry, index) => {
    const node = entry.trim();
    if (node === '') throw optionInvalid(variable, `entry ${index + 1} is empty; each ${HOST_PORT_FORM}`);
    return parseHostPort(node, { path: variable });
  });
}
