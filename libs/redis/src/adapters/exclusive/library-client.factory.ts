import { Cluster, Redis, type ClusterOptions, type RedisOptions } from 'ioredis';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import type { RedisConfig } from '../../config/redis.config.js';
import { prepareHandshake } from '../connection/client/prepare-handshake.js';
import { RotatingPassword } from '../connection/client/rotating-password.js';
import { onSubscriber } from '../ioredis-seams/cluster/subscriber.js';
import { onClusterCopy, onCopy } from '../ioredis-seams/copies.js';
import { withReadableNatMap } from '../ioredis-seams/nat-map.js';
import { surviveFailovers } from '../ioredis-seams/sentinel/sentinel-failover.js';
import type { PeerLimits } from '../wire/peer-limits.js';

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

/** Creates the clients for other libraries. A copy that a library makes of one connects in the same way. */
export class LibraryClientFactory {
  private readonly password: RotatingPassword | undefined;

  constructor(
    private readonly config: RedisConfig,
    private readonly peer: PeerLimits,
  ) {
    this.password = RotatingPassword.of(config);
  }

  /** Creates a client, which connects with its first command. */
  create(purpose: ClientPurpose): Redis | Cluster {
    return this.config.mode === 'cluster' ? this.createCluster(OPTIONS[purpose]) : this.createSingle(OPTIONS[purpose]);
  }

  private createSingle(overrides: RedisOptions): Redis {
    const { config } = this;
    const params = config.mode === 'sentinel' ? config.getSentinelParams() : config.getConnectionParams();
    const client = new Redis({ ...withReadableNatMap(params), ...overrides });
    this.prepare(client);
    return client;
  }

  private prepare(client: Redis): void {
    surviveFailovers(client);
    prepareHandshake(client, { peer: this.peer, connectTimeoutMs: this.config.connectTimeoutMs });
    this.password?.attachTo(client);
    onCopy(client, (copy) => this.prepare(copy));
  }

  private createCluster(overrides: RedisOptions): Cluster {
    const { nodes, options } = this.config.getClusterParams();
    const redisOptions = { ...options.redisOptions, ...overrides };
    const cluster = new Cluster(nodes, { ...withReadableNatMap(options), ...CLUSTER_OPTIONS, redisOptions });
    if (this.password !== undefined) rotatePassword(cluster, this.password);
    return cluster;
  }
}

/** Makes every connection of a cluster client, and of its copies, read the password before it connects. */
function rotatePassword(cluster: Cluster, password: RotatingPassword): void {
  cluster.on('+node', (node: Redis) => {
    password.attachTo(node);
    onCopy(node, (copy) => {
      password.attachTo(copy);
      copy.on('error', (error: unknown) => reportPasswordFailure(cluster, error));
    });
  });
  onSubscriber(cluster, (subscriber) => password.attachTo(subscriber));
  onClusterCopy(cluster, (copy) => rotatePassword(copy, password));
}

/**
 * Emits the error of a password that could not be read. ioredis reads the slots on a copy of a node, and reports nothing
 * more than that its connection closed.
 */
function reportPasswordFailure(cluster: Cluster, error: unknown): void {
  if (error instanceof RedisInfraError && cluster.listenerCount('error') > 0) cluster.emit('error', error);
}
