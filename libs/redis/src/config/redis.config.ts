import type { ClusterNode, ClusterOptions, RedisOptions, SentinelConnectionOptions } from 'ioredis';
import { errorName } from '../common/error-name.js';
import { checkOptions, isPlainObject, optionInvalid } from '../common/options.js';
import { RedisInfraError } from '../common/redis-infra.error.js';
import { clusterParams, sentinelParams, standaloneParams } from './connection-params.js';
import { formatUrl, summarize, type ConnectionSummary } from './connection-summary.js';
import { readEnvironment } from './environment.js';
import { optionsUnder, type OptionPath } from './option-path.js';
import { REDIS_CONFIG_OPTIONS, type RedisConfigOptions, type RedisMode } from './redis-config.options.js';
import { resolveConnection, type ResolvedConnection, type Target } from './resolved-connection.js';

type Inspect = (value: unknown, options?: object) => string;

/**
 * Where Redis is and how to talk to it, checked once and frozen. No secret is visible on it: `toString`, `toJSON` and
 * `util.inspect` show the mode, the address, the database and whether there are credentials.
 * @throws RedisInfraError OPTION_INVALID with the option's path.
 */
export class RedisConfig {
  /** How Redis is reached. */
  readonly mode: RedisMode;
  /** Connections per server. */
  readonly poolSize: number;
  /** How long one attempt to connect may take. */
  readonly connectTimeoutMs: number;
  /** True where `password` is a function: the parameters then hold none, see `resolvePassword`. */
  readonly rotatesPassword: boolean;
  readonly #connection: ResolvedConnection;

  constructor(options: RedisConfigOptions);
  /** @internal `path` is where the options stand, or a function that knows where each of them stands. */
  constructor(options: RedisConfigOptions, path: string | OptionPath);
  constructor(options: RedisConfigOptions, path: string | OptionPath = '') {
    const optionsPath = typeof path === 'string' ? path : '';
    checkObject(options, optionsPath);
    this.#connection = resolveConnection(options, typeof path === 'string' ? optionsUnder(path) : path);
    this.mode = this.#connection.target.mode;
    this.poolSize = this.#connection.poolSize;
    this.connectTimeoutMs = this.#connection.connectTimeoutMs;
    this.rotatesPassword = typeof this.#connection.password === 'function';
    Object.freeze(this);
  }

  /**
   * From `REDIS_URL`, or `REDIS_HOST REDIS_PORT REDIS_DB REDIS_USERNAME REDIS_PASSWORD REDIS_TLS REDIS_CLUSTER_NODES REDIS_SENTINELS
   * REDIS_SENTINEL_NAME REDIS_SENTINEL_USERNAME REDIS_SENTINEL_PASSWORD`. An empty variable counts as not set; with nothing set it is
   * memory mode. Beside a `REDIS_URL` the others add what the url leaves out, and may not contradict it; beside `memory://` they are ignored.
   * @throws RedisInfraError OPTION_INVALID whose path is the variable's name.
   */
  static fromEnv(env: NodeJS.ProcessEnv = process.env): RedisConfig {
    const { options, at } = readEnvironment(env);
    return new RedisConfig(options, at);
  }

  /**
   * What `new Redis(…)` takes, in standalone mode; a new object at each call.
   * @throws RedisInfraError OPTION_INVALID in another mode.
   */
  getConnectionParams(): RedisOptions {
    return standaloneParams(this.#connection, this.#targetOf('standalone', 'getConnectionParams'));
  }

  /**
   * What `new Cluster(nodes, options)` takes, in cluster mode; a new object at each call.
   * @throws RedisInfraError OPTION_INVALID in another mode.
   */
  getClusterParams(): { nodes: ClusterNode[]; options: ClusterOptions } {
    return clusterParams(this.#connection, this.#targetOf('cluster', 'getClusterParams'));
  }

  /**
   * What `new Redis(…)` takes, in sentinel mode; a new object at each call.
   * @throws RedisInfraError OPTION_INVALID in another mode.
   */
  getSentinelParams(): RedisOptions & SentinelConnectionOptions {
    return sentinelParams(this.#connection, this.#targetOf('sentinel', 'getSentinelParams'));
  }

  /**
   * The password as it is now; undefined where there is none. ioredis takes no function, but reads `options.password` anew at each
   * connect: where `rotatesPassword`, whoever makes the client sets it before every one of them.
   * @internal
   * @throws RedisInfraError CONNECTION_FAILED when the function fails, with the name of its error, whose message may quote a secret; OPTION_INVALID when it gives no string.
   */
  async resolvePassword(): Promise<string | undefined> {
    const { password } = this.#connection;
    if (typeof password !== 'function') return password;
    let current: unknown;
    try {
      current = await password();
    } catch (error) {
      throw passwordFailed(errorName(error));
    }
    if (typeof current === 'string' && current !== '') return current;
    throw optionInvalid('password', 'the function must give a non-empty string');
  }

  /** As a url, with `***` instead of credentials. */
  toString(): string {
    return formatUrl(this.#connection);
  }

  /** Returns a summary without secrets. */
  toJSON(): ConnectionSummary {
    return summarize(this.#connection);
  }

  /** @internal */
  [Symbol.for('nodejs.util.inspect.custom')](_depth: number, options: object, inspect: Inspect): string {
    return `RedisConfig ${inspect(this.toJSON(), options)}`;
  }

  #targetOf<Mode extends RedisMode>(mode: Mode, method: string): Extract<Target, { readonly mode: Mode }> {
    const { target } = this.#connection;
    if (target.mode === mode) return target as Extract<Target, { readonly mode: Mode }>;
    throw optionInvalid('mode', `${method}() is for ${mode} mode; this configuration is in ${target.mode} mode`);
  }
}

function passwordFailed(name: string | undefined): RedisInfraError {
  return name === undefined
    ? new RedisInfraError('CONNECTION_FAILED', 'the password function failed')
    : new RedisInfraError('CONNECTION_FAILED', `the password function failed (${name})`, { cause: new Error(name) });
}

function checkObject(options: unknown, path: string): void {
  if (typeof options === 'string')
    throw optionInvalid('connection', "must be a plain object of options; for a url: { url: 'redis://…' }");
  // A URL or a Map has no members of its own: read as options, it would mean the default server.
  if (!isPlainObject(options)) {
    throw optionInvalid(
      path === '' ? 'connection' : path,
      'must be a url as a string, a plain object of options or a RedisConfig',
    );
  }
  checkOptions(options, REDIS_CONFIG_OPTIONS, path);
}
