import { Cluster, Redis, type ClusterOptions, type RedisOptions } from 'ioredis';
import { outsideRequests } from '../../common/async-context.js';
import { checkOneOf } from '../../common/options.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import type { RedisConfig } from '../../config/redis.config.js';
import { prepareHandshake } from '../connection/client/prepare-handshake.js';
import { withReadableNatMap } from '../ioredis-seams/nat-map.js';
import { stopConnecting, stopReconnecting } from '../ioredis-seams/stop-reconnecting.js';
import type { PeerLimits } from '../wire/peer-limits.js';
import { CLOSE_TIMEOUT_MS, hangUp } from './exclusive-client.js';

/**
 * What a library uses a client for:
 * - `blocking`: commands that wait on the server, such as BLPOP. No command times out, and each is sent again after a
 *   reconnect.
 * - `subscriber`: subscriptions. They are restored after a reconnect.
 * - `shared`: ordinary commands. A command is sent once and rejects after 5 s, and while Redis is unavailable.
 */
export type ClientPurpose = 'blocking' | 'subscriber' | 'shared';

/** The longest time of a command of a shared client. */
const COMMAND_TIMEOUT_MS = 5000;
/** How long the server may take to answer the commands of a client that closes. */
const QUIT_TIMEOUT_MS = 150;

/**
 * The states in which QUIT follows the commands that were sent before. QUIT on an unused client would open a
 * connection.
 */
const QUITTING: ReadonlySet<string> = new Set(['connecting', 'connect', 'ready']);

/** The retries of ioredis, which libraries rely on. Our own commands never use them. */
const WAITING: RedisOptions = {
  enableOfflineQueue: true,
  autoResendUnfulfilledCommands: true,
  autoResubscribe: true,
  maxRetriesPerRequest: null,
};

const OPTIONS: Readonly<Record<ClientPurpose, RedisOptions>> = {
  blocking: WAITING,
  subscriber: WAITING,
  // With 0 retries, commands reject at the first failed attempt to reconnect, and none is sent twice.
  shared: { enableOfflineQueue: true, commandTimeout: COMMAND_TIMEOUT_MS },
};

/** `RedisConfig` switches off what ioredis does by itself; a library expects its defaults. */
const CLUSTER_OPTIONS: ClusterOptions = {
  enableOfflineQueue: true,
  retryDelayOnFailover: 100,
  retryDelayOnClusterDown: 100,
  maxRedirections: 16,
};

/** The clients that were created for other libraries. They are open until the library or `close()` closes them. */
export class LibraryClients {
  private readonly open = new Map<Redis | Cluster, ClientPurpose>();

  constructor(
    private readonly config: RedisConfig,
    private readonly peer: PeerLimits,
  ) {}

  /**
   * Creates a client, which connects with its first command.
   * @throws RedisInfraError OPTION_INVALID for another purpose; UNSUPPORTED if the password is a function
   */
  create(purpose: ClientPurpose): Redis | Cluster {
    if (this.config.rotatesPassword) {
      throw new RedisInfraError('UNSUPPORTED', 'createClient() needs a password that is a string, not a function');
    }
    const options = OPTIONS[checkOneOf(purpose, 'purpose', ['blocking', 'subscriber', 'shared'])];
    const client = outsideRequests(() => this.createClient(options));
    this.open.set(client, purpose);
    client.once('end', () => this.open.delete(client));
    // Without a listener ioredis prints each failed attempt. The adapter reports the state of the server.
    client.on('error', () => {});
    return client;
  }

  /** Closes all clients, after the commands that are in flight. Blocking commands reject. */
  close(): void {
    for (const [client, purpose] of this.open) {
      // Libraries leave promises of commands unhandled, and a rejection would end the process. QUIT would wait behind a
      // blocking command.
      const isGraceful = purpose !== 'blocking' && QUITTING.has(client.status);
      if (isGraceful) {
        client.quit().catch(() => {});
        setTimeout(() => end(client), QUIT_TIMEOUT_MS).unref();
      } else end(client);
    }
    this.open.clear();
  }

  private createClient(overrides: RedisOptions): Redis | Cluster {
    const { config, peer } = this;
    const client = config.mode === 'cluster' ? createCluster(config, overrides) : createSingle(config, overrides);
    if (client instanceof Redis) prepareHandshake(client, { peer, connectTimeoutMs: config.connectTimeoutMs });
    return client;
  }
}

function end(client: Redis | Cluster): void {
  if (client instanceof Redis) {
    stopReconnecting(client);
    hangUp(client, CLOSE_TIMEOUT_MS);
  } else {
    stopConnecting(client);
    client.disconnect();
  }
}

function createSingle(config: RedisConfig, overrides: RedisOptions): Redis {
  const params = config.mode === 'sentinel' ? config.getSentinelParams() : config.getConnectionParams();
  return new Redis({ ...withReadableNatMap(params), ...overrides });
}

function createCluster(config: RedisConfig, overrides: RedisOptions): Cluster {
  const { nodes, options } = config.getClusterParams();
  const redisOptions = { ...options.redisOptions, ...overrides };
  return new Cluster(nodes, { ...withReadableNatMap(options), ...CLUSTER_OPTIONS, redisOptions });
}
