import { Cluster, Redis, type ClusterOptions, type RedisOptions } from 'ioredis';
import { resourcesPerTest, type Started } from '../../support/started.js';

export interface RawClients extends Started {
  /** A client of ioredis without any seam. It connects with `connect()`, or at its first command. */
  redis(options: RedisOptions): Redis;
  /** A cluster client without any seam. `prepare` is called with each of its nodes before it connects. */
  cluster(
    nodes: readonly { readonly port: number }[],
    options?: ClusterOptions,
    prepare?: (node: Redis) => void,
  ): Cluster;
}

/** As the clients of this package: no command is sent again on another connection. */
const NO_RESENDS: RedisOptions = { autoResendUnfulfilledCommands: false, maxRetriesPerRequest: 0 };

/** Clients of the ioredis under test, whose seams a test installs itself. They are disconnected after each test. */
export function rawClients(): RawClients {
  const started = resourcesPerTest();
  return {
    ...started,
    redis(options) {
      const redis = new Redis({ ...NO_RESENDS, lazyConnect: true, ...options });
      // ioredis prints errors that have no listener.
      redis.on('error', () => {});
      started.undo(() => redis.disconnect());
      return redis;
    },
    cluster(nodes, options = {}, prepare = () => {}) {
      const seeds = nodes.map(({ port }) => ({ host: '127.0.0.1', port }));
      const cluster = new Cluster(seeds, { lazyConnect: true, ...options });
      cluster.on('error', () => {});
      cluster.on('+node', prepare);
      started.undo(() => cluster.disconnect());
      return cluster;
    },
  };
}

/** Collects the errors that a client emits. */
export function errorsOf(client: Redis | Cluster): unknown[] {
  const errors: unknown[] = [];
  client.on('error', (error: unknown) => errors.push(error));
  return errors;
}
