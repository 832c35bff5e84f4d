import type { Redis } from 'ioredis';
import { connectorOf, type Connector } from './connector.js';

/** What the methods of this file are told, and decide. */
export interface SentinelQueryHandlers {
  /** A connection to a Sentinel was created, and is not open yet. */
  readonly onConnection: (sentinel: Redis) => void;
  /** The error that says why the master is not known: what each Sentinel that was asked failed with, null where it knows none. */
  readonly failure: (failures: readonly unknown[]) => Error;
  /** The error for a server that the Sentinels name and that is no master. */
  readonly notMaster: () => Error;
}

/** The connector of a client whose master Sentinels name, as far as it is reassigned here. */
interface SentinelConnector extends Connector {
  connectToSentinel(endpoint: unknown, options?: object): Redis;
  resolve(endpoint: unknown): Promise<unknown>;
}

/**
 * Watches how a client asks the Sentinels for the master. ioredis reduces all failures to one message ("All sentinels are unreachable",
 * with the last reason or "Connection is closed."), which names neither a refused password nor a wrong name of the group; it says nothing
 * where the server that is named is no master; and a disconnect leaves a question to a Sentinel open until it times out.
 * @see https://github.com/redis/ioredis/blob/v5.4.2/lib/connectors/SentinelConnector/index.ts
 */
export function watchSentinelQueries(redis: Redis, handlers: SentinelQueryHandlers): void {
  const connector = connectorOf(redis);
  if (connector !== undefined && isSentinelConnector(connector)) new SentinelQueries(connector, handlers).attach();
}

class SentinelQueries {
  /** Of the attempt under way: what each Sentinel failed with. */
  private failures: unknown[] = [];
  /** Of the question under way: what its connection failed with. */
  private trouble: unknown;
  private readonly open = new Set<Redis>();
  private isDisconnected = false;

  constructor(
    private readonly connector: SentinelConnector,
    private readonly handlers: SentinelQueryHandlers,
  ) {}

  attach(): void {
    const { connector, handlers } = this;
    const connect = connector.connect.bind(connector);
    const check = connector.check.bind(connector);
    const disconnect = connector.disconnect.bind(connector);
    let emitter: Parameters<typeof connect>[0] | undefined;
    this.watchQuestions();
    connector.connect = async (emit) => {
      emitter = emit;
      this.failures = [];
      this.isDisconnected = false;
      try {
        return await connect((event, error) => emit(event, event === 'sentinelError' ? this.failure(error) : error));
      } catch (error) {
        throw this.isDisconnected ? error : this.failure(error);
      }
    };
    connector.check = (info) => {
      const isMaster = check(info);
      if (!isMaster) emitter?.('error', handlers.notMaster());
      return isMaster;
    };
    connector.disconnect = () => {
      this.isDisconnected = true;
      disconnect();
      for (const sentinel of this.open) end(sentinel);
    };
  }

  private watchQuestions(): void {
    const { connector, handlers } = this;
    const connectToSentinel = connector.connectToSentinel.bind(connector);
    const resolve = connector.resolve.bind(connector);
    connector.connectToSentinel = (endpoint, options) => {
      // Not before it is watched. The first command connects it.
      const sentinel = connectToSentinel(endpoint, { lazyConnect: true, ...options });
      handlers.onConnection(sentinel);
      // With options it is a connection of the failover detector, which asks nothing. ioredis prints its errors where nobody listens.
      sentinel.on('error', (error: unknown) => {
        if (options === undefined) this.trouble = error;
      });
      this.open.add(sentinel);
      sentinel.once('end', () => this.open.delete(sentinel));
      return sentinel;
    };
    connector.resolve = async (endpoint) => {
      this.trouble = undefined;
      try {
        const master = await resolve(endpoint);
        if (master === null) this.failures.push(null);
        return master;
      } catch (error) {
        this.failures.push(this.trouble ?? error);
        throw error;
      }
    };
  }

  private failure(error: unknown): Error {
    if (this.failures.length > 0) return this.handlers.failure(this.failures);
    return error instanceof Error ? error : new Error('the master is not known');
  }
}

function end(sentinel: Redis): void {
  sentinel.disconnect();
  sentinel.stream?.destroy();
}

function isSentinelConnector(connector: Connector): connector is SentinelConnector {
  return ['connectToSentinel', 'resolve'].every((name) => typeof Reflect.get(connector, name) === 'function');
}
