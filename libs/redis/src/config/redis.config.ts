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

type TargetOf<Mode extends RedisMode> = Extract<Target, { readonly mode: Mode }>;
type Inspect = (value: unknown, options?: object) => string;

/**
 * A checked and frozen configuration of a connection. It shows no secret: `toString`, `toJSON` and `util.inspect` show
 * the mode, the address, the database and whether there are credentials.
 * @throws RedisInfraError OPTION_INVALID with the path of the invalid option
 */
export class RedisConfig {
  /** How the client connects. */
  readonly mode: RedisMode;
  /** The number of connections to each server. */
  readonly poolSize: number;
  /** The maximum time of one attempt to connect, in milliseconds. */
  readonly connectTimeoutMs: number;
  /** Whether `password` is a function. The parameters then contain no password, see `resolvePassword`. */
  readonly rotatesPassword: boolean;
  readonly #connection: ResolvedConnection;

  constructor(options: RedisConfigOptions);
  /** @internal `path` is the path of the options, or a function that returns the path of each option. */
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
   * Reads the configuration from environment variables: `REDIS_URL`, `REDIS_HOST`, `REDIS_PORT`, `REDIS_DB`,
   * `REDIS_USERNAME`, `REDIS_PASSWORD`, `REDIS_TLS`, `REDIS_CLUSTER_NODES`, `REDIS_SENTINELS`, `REDIS_SENTINEL_NAME`,
   * `REDIS_SENTINEL_USERNAME` and `REDIS_SENTINEL_PASSWORD`. An empty variable counts as not set. Without any variable
   * the mode is memory. The other variables add to `REDIS_URL` the parts that it leaves out, and must not contradict
   * it; with `memory://` they are ignored.
   * @throws RedisInfraError OPTION_INVALID with the name of the variable as its path
   */
  static fromEnv(env: NodeJS.ProcessEnv = process.env): RedisConfig {
    const { options, at } = readEnvironment(env);
    return new RedisConfig(options, at);
  }

  /**
   * The options of `new Redis(…)` in standalone mode; a new object at each call.
   * @throws RedisInfraError OPTION_INVALID in another mode
   */
  getConnectionParams(): RedisOptions {
    return standaloneParams(this.#connection, this.#targetOf('standalone', 'getConnectionParams'));
  }

  /**
   * The arguments of `new Cluster(nodes, options)` in cluster mode; a new object at each call.
   * @throws RedisInfraError OPTION_INVALID in another mode
   */
  getClusterParams(): { nodes: ClusterNode[]; options: ClusterOptions } {
    return clusterParams(this.#connection, this.#targetOf('cluster', 'getClusterParams'));
  }

  /**
   * The options of `new Redis(…)` in sentinel mode; a new object at each call.
   * @throws RedisInfraError OPTION_INVALID in another mode
   */
  getSentinelParams(): RedisOptions & SentinelConnectionOptions {
    return sentinelParams(this.#connection, this.#targetOf('sentinel', 'getSentinelParams'));
  }

  /**
   * The current password; undefined when there is none. ioredis accepts no function, but reads `options.password` at
   * each connect, so the code that creates a client sets it before each connect if `rotatesPassword` is true.
   * @internal
   * @throws RedisInfraError CONNECTION_FAILED when the function fails, with the name of its error but not its message,
   * which may contain a secret; OPTION_INVALID when it returns no string
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
    throw optionInvalid('password', 'the function must return a non-empty string');
  }

  /** The URL, with `***` instead of credentials. */
  toString(): string {
    return formatUrl(this.#connection);
  }

  /** The address, the database and whether there are credentials. */
  toJSON(): ConnectionSummary {
    return summarize(this.#connection);
  }

  /** @internal */
  [Symbol.for('nodejs.util.inspect.custom')](_depth: number, options: object, inspect: Inspect): string {
    return `RedisConfig ${inspect(this.toJSON(), options)}`;
  }

  #targetOf<Mode extends RedisMode>(mode: Mode, method: string): TargetOf<Mode> {
    const { target } = this.#connection;
    if (isTargetOf(target, mode)) return target;
    throw optionInvalid('mode', `${method}() is for ${mode} mode; this configuration is in ${target.mode} mode`);
  }
}

function isTargetOf<Mode extends RedisMode>(target: Target, mode: Mode): target is TargetOf<Mode> {
  return target.mode === mode;
}

function passwordFailed(name: string | undefined): RedisInfraError {
  return name === undefined
    ? new RedisInfraError('CONNECTION_FAILED', 'the password function failed')
    : new RedisInfraError('CONNECTION_FAILED', `the password function failed (${name})`, { cause: new Error(name) });
}

function checkObject(options: unknown, path: string): void {
  if (typeof options === 'string')
    throw optionInvalid('connection', "must be a plain object of options; for a url: { url: 'redis://…' }");
  // A URL or a Map has no enumerable members, so as options it would be the default server.
  if (!isPlainObject(options)) {
    throw optionInvalid(
      path === '' ? 'connection' : path,
      'must be a url as a string, a plain object of options or a RedisConfig',
    );
  }
  checkOptions(options, REDIS_CONFIG_OPTIONS, path);
}
