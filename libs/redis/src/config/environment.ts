import { optionInvalid } from '../common/options.js';
import { definedMembers } from '../common/defined-members.js';
import { parseConnectionUrl } from './connection-url.js';
import { HOST_PORT_FORM, digits, parseHostPort } from './host-port.js';
import type { OptionPath } from './option-path.js';
import type { RedisConfigOptions, RedisNode } from './redis-config.options.js';

/** The options in the environment. */
export interface EnvironmentReading {
  readonly options: RedisConfigOptions;
  /** The variable that contains an option, for the path of an error. */
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
 * Reads `REDIS_URL`, `REDIS_HOST`, `REDIS_PORT`, `REDIS_DB`, `REDIS_USERNAME`, `REDIS_PASSWORD` and `REDIS_TLS`; for
 * the other modes `REDIS_CLUSTER_NODES`, or `REDIS_SENTINELS`, `REDIS_SENTINEL_NAME`, `REDIS_SENTINEL_USERNAME` and
 * `REDIS_SENTINEL_PASSWORD`. Lists are separated by commas. An empty variable counts as not set. Without any variable
 * the mode is memory.
 *
 * The other variables add to `REDIS_URL` the parts that it leaves out, and must not contradict it. With `memory://`
 * they are ignored. The credentials of the Sentinels are ignored with a URL of another mode.
 * @throws RedisInfraError OPTION_INVALID with the name of the variable as its path
 */
export function readEnvironment(env: Variables): EnvironmentReading {
  const set = (name: string): string | undefined => env[name] || undefined;
  const url = set('REDIS_URL');
  if (url !== undefined) return readWithUrl(url, set);
  const options = readVariables(set);
  // REDIS_TLS=false alone configures no server, because a template may contain it.
  const isEmpty = Object.values(options).every((value) => value === undefined || value === false);
  return { options: isEmpty ? { mode: 'memory' } : options, at: (option) => VARIABLES[option] ?? option };
}

function readWithUrl(url: string, set: (name: string) => string | undefined): EnvironmentReading {
  const { mode, path } = parseConnectionUrl(url, 'REDIS_URL');
  if (mode === 'memory') return { options: { url }, at: () => 'REDIS_URL' };
  const noSentinelCredentials = { sentinelUsername: undefined, sentinelPassword: undefined };
  const added = definedMembers({ ...readVariables(set), ...(mode === 'sentinel' ? {} : noSentinelCredentials) });
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
    ...readSentinelCredentials(set),
  };
}

function refuseAddress({ host, port }: RedisConfigOptions): void {
  const variable = host !== undefined ? 'REDIS_HOST' : port !== undefined ? 'REDIS_PORT' : undefined;
  if (variable === undefined) return;
  throw optionInvalid(variable, 'cannot be combined with a REDIS_URL of a unix socket; remove one of the two');
}

/**
 * Kubernetes sets REDIS_PORT to an address when a service is named `redis`. A URL needs no port, so the address is
 * ignored with a URL.
 */
function parsePort(set: (name: string) => string | undefined): number | undefined {
  const text = set('REDIS_PORT');
  if (!text?.startsWith('tcp://')) return parseNumber(text, 'REDIS_PORT');
  if (set('REDIS_URL') !== undefined) return undefined;
  throw optionInvalid(
    'REDIS_PORT',
    'must be a port; Kubernetes sets it to an address when a service is named redis: use REDIS_URL, or enableServiceLinks: false',
  );
}

function readSentinelCredentials(
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
