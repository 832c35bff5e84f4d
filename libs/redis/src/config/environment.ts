import { optionInvalid } from '../common/options.js';
import { definedMembers } from '../common/defined-members.js';
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
 * Reads `REDIS_HOST REDIS_PORT REDIS_DB REDIS_USERNAME REDIS_PASSWORD REDIS_TLS`, with `REDIS_CLUSTER_NODES` or `REDIS_SENTINELS`,
 * `REDIS_SENTINEL_NAME`, `REDIS_SENTINEL_USERNAME` and `REDIS_SENTINEL_PASSWORD` (lists with commas) for the other modes. An empty variable
 * counts as not set; nothing set is memory mode. Beside a `REDIS_URL` they add what the url leaves out, and may not contradict it; beside
 * `memory://` they are ignored, and so are the credentials at the Sentinels beside a url that names none.
 * @throws RedisInfraError OPTION_INVALID whose path is the variable's name.
 */
export function readEnvironment(env: Variables): EnvironmentReading {
  const set = (name: string): string | undefined => env[name] || undefined;
  const url = set('REDIS_URL');
  if (url !== undefined) return besideUrl(url, set);
  const options = readVariables(set);
  // REDIS_TLS=false alone configures no server: a template may hold it.
  const nothing = Object.values(options).every((value) => value === undefined || value === false);
  return { options: nothing ? { mode: 'memory' } : options, at: (option) => VARIABLES[option] ?? option };
}

function besideUrl(url: string, set: (name: string) => string | undefined): EnvironmentReading {
  const { mode, path } = parseConnectionUrl(url, 'REDIS_URL');
  if (mode === 'memory') return { options: { url }, at: () => 'REDIS_URL' };
  const atNoSentinels = { sentinelUsername: undefined, sentinelPassword: undefined };
  const added = definedMembers({ ...readVariables(set), ...(mode === 'sentinel' ? {} : atNoSentinels) });
  if (path !== undefined) refuseAddress(added);
  const at = (option: string): string =>
    Object.hasOwn(added, option) ? (VARIABLES[option] ?? 'REDIS_URL') : 'REDIS_URL';
  return { options: { ...added, url }, at };
}

function readVariables(set: (name: string) => string | undefined): RedisConfigOptions {
  return {
    host: set('REDIS_HOST'),
    port: parsePort(set),
    db: parseNumber(set('REDIS_DB'), 'REDIS_DB'),
    username: set('REDIS_USERNAME'),
    password: set('REDIS_PASSWORD'),
    tls: parseSwitch(set('REDIS_TLS'), 'REDIS_TLS'),
    nodes: parseList(set('REDIS_CLUSTER_NODES'), 'REDIS_CLUSTER_NODES'),
    sentinels: parseList(set('REDIS_SENTINELS'), 'REDIS_SENTINELS'),
    sentinelName: set('REDIS_SENTINEL_NAME'),
    ...atSentinels(set),
  };
}

function refuseAddress({ host, port }: RedisConfigOptions): void {
  const variable = host !== undefined ? 'REDIS_HOST' : port !== undefined ? 'REDIS_PORT' : undefined;
  if (variable === undefined) return;
  throw optionInvalid(variable, 'has no meaning beside a REDIS_URL that names a unix socket; leave one of the two out');
}

/** Kubernetes sets REDIS_PORT to an address where a service is named `redis`. A url needs no port, so the address is ignored beside one. */
function parsePort(set: (name: string) => string | undefined): number | undefined {
  const text = set('REDIS_PORT');
  if (!text?.startsWith('tcp://')) return parseNumber(text, 'REDIS_PORT');
  if (set('REDIS_URL') !== undefined) return undefined;
  throw optionInvalid(
    'REDIS_PORT',
    'must be a port; Kubernetes sets it to an address where a service is named redis: use REDIS_URL, or enableServiceLinks: false',
  );
}

function atSentinels(
  set: (name: string) => string | undefined,
): Pick<RedisConfigOptions, 'sentinelUsername' | 'sentinelPassword'> {
  return { sentinelUsername: set('REDIS_SENTINEL_USERNAME'), sentinelPassword: set('REDIS_SENTINEL_PASSWORD') };
}

function parseNumber(text: string | undefined, variable: string): number | undefined {
  if (text === undefined) return undefined;
  const number = digits(text);
  if (number === undefined) throw optionInvalid(variable, 'must be a whole number');
  return number;
}

function parseSwitch(text: string | undefined, variable: string): boolean | undefined {
  if (text === undefined) return undefined;
  if (/^(false|0|no|off)$/i.test(text)) return false;
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
