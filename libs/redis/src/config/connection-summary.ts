import { formatHostPort } from './host-port.js';
import type { RedisMode } from './redis-config.options.js';
import type { ResolvedConnection } from './resolved-connection.js';

/** The parts of a configuration that may be shown: the address, never the credentials. */
export interface ConnectionSummary {
  /** What it connects to. */
  readonly mode: RedisMode;
  /** The host of one server. */
  readonly host?: string;
  /** The port of one server. */
  readonly port?: number;
  /** The path of a Unix socket. */
  readonly path?: string;
  /** The nodes of a Cluster, as `host:port`. */
  readonly nodes?: readonly string[];
  /** The Sentinels, as `host:port`. */
  readonly sentinels?: readonly string[];
  /** The name under which the Sentinels know the master. */
  readonly sentinelName?: string;
  /** The database. Absent with a Cluster. */
  readonly db?: number;
  /** Whether connections use TLS. */
  readonly tls?: boolean;
  /** Only when it differs from `tls`. */
  readonly sentinelTls?: boolean;
  /**
   * Whether there is a user name or a password. The user name is hidden, because a password without its colon is read
   * as one.
   */
  readonly credentials?: boolean;
  /** The name of the connections in CLIENT LIST. */
  readonly connectionName?: string;
  /** The number of connections. */
  readonly poolSize?: number;
}

/** The parts of a configuration that may be shown. */
export function summarize(connection: ResolvedConnection): ConnectionSummary {
  const { target, db, tls, connectionName, poolSize } = connection;
  if (target.mode === 'memory') return { mode: 'memory' };
  return {
    mode: target.mode,
    ...address(connection),
    ...(target.mode === 'cluster' ? {} : { db }),
    tls: tls !== undefined,
    ...sentinelTls(connection),
    credentials: hasCredentials(connection),
    ...(connectionName === undefined ? {} : { connectionName }),
    poolSize,
  };
}

function address({ target }: ResolvedConnection): Omit<ConnectionSummary, 'mode'> {
  switch (target.mode) {
    case 'standalone':
      return 'path' in target ? { path: target.path } : { host: target.host, port: target.port };
    case 'cluster':
      return { nodes: target.nodes.map(formatHostPort) };
    case 'sentinel':
      return { sentinels: target.sentinels.map(formatHostPort), sentinelName: target.name };
    case 'memory':
      return {};
  }
}

function sentinelTls({ target, tls }: ResolvedConnection): Pick<ConnectionSummary, 'sentinelTls'> {
  if (target.mode !== 'sentinel') return {};
  const hasTls = target.sentinelTls !== undefined;
  return hasTls === (tls !== undefined) ? {} : { sentinelTls: hasTls };
}

function hasCredentials({ target, username, password }: ResolvedConnection): boolean {
  const atSentinels = target.mode === 'sentinel' && (target.sentinelUsername ?? target.sentinelPassword) !== undefined;
  return username !== undefined || password !== undefined || atSentinels;
}

/** The URL of a configuration, with `***` instead of credentials. Without credentials it is a valid URL. */
export function formatUrl(connection: ResolvedConnection): string {
  const { target, db } = connection;
  const scheme = connection.tls === undefined ? 'redis' : 'rediss';
  const user = hasCredentials(connection) ? '***@' : '';
  switch (target.mode) {
    case 'memory':
      return 'memory://';
    case 'cluster':
      return `${scheme}+cluster://${user}${target.nodes.map(formatHostPort).join(',')}`;
    case 'sentinel':
      return `${scheme}+sentinel://${user}${target.sentinels.map(formatHostPort).join(',')}/${encodeURIComponent(target.name)}/${db}`;
    case 'standalone':
      if ('path' in target) {
        return `redis+unix://${user}${target.path.split('/').map(encodeURIComponent).join('/')}${db === 0 ? '' : `?db=${db}`}`;
      }
      return `${scheme}://${user}${formatHostPort(target)}/${db}`;
  }
}
