/**
 * Seam: `connect`, `check`, `disconnect`, `connectToSentinel` and `resolve` of the Sentinel connector (private).
 * Why: ioredis reduces all failures to one message ("All sentinels are unreachable", with the last reason or
 * "Connection is closed."), which names neither a refused password nor an unknown group. It reports nothing when the
 * server that the Sentinels name is no master, and a disconnect leaves a query to a Sentinel open until it times out.
 * Upstream: ioredis `lib/connectors/SentinelConnector/index.ts`.
 */
import type { Redis } from 'ioredis';
import { clearTimeouts } from './command-timeouts.js';
import { connectorOf, type Connector } from '../connector.js';

/** The callbacks of `watchSentinelQueries`. */
export interface SentinelQueryHandlers {
  /** Called with each new connection to a Sentinel before it connects. */
  readonly onConnection: (sentinel: Redis) => void;
  /**
   * Returns the error for a failed attempt. `failures` holds the error of each Sentinel, or null for one that knows no
   * such group.
   */
  readonly failure: (failures: readonly unknown[]) => Error;
  /** Returns the error for a server that the Sentinels name and that is no master. */
  readonly notMaster: () => Error;
}

/** The members of the Sentinel connector that this file replaces. */
interface SentinelConnector extends Connector {
  connectToSentinel(endpoint: unknown, options?: object): Redis;
  resolve(endpoint: unknown): Promise<unknown>;
}

/**
 * Observes the queries of a client to its Sentinels, and replaces their errors by those of `handlers`. Other clients
 * are not changed.
 */
export function watchSentinelQueries(redis: Redis, handlers: SentinelQueryHandlers): void {
  const connector = connectorOf(redis);
  if (connector !== undefined && isSentinelConnector(connector)) new SentinelQueries(connector, handlers).attach();
}

class SentinelQueries {
  /** The failures of the current attempt, one for each Sentinel. */
  private failures: unknown[] = [];
  /** The error of the connection that carries the current query. */
  private connectionError: unknown;
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
    this.watchQueries();
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

  private watchQueries(): void {
    const { connector, handlers } = this;
    const connectToSentinel = connector.connectToSentinel.bind(connector);
    const resolve = connector.resolve.bind(connector);
    connector.connectToSentinel = (endpoint, options) => {
      // Lazy, so that the handlers are attached before it connects. The first command connects it.
      const sentinel = connectToSentinel(endpoint, { lazyConnect: true, ...options });
      clearTimeouts(sentinel);
      handlers.onConnection(sentinel);
      // A connection with options belongs to the failover detector and sends no query. ioredis prints errors that have
      // no listener.
      sentinel.on('error', (error: unknown) => {
        if (options === undefined) this.connectionError = error;
      });
      this.open.add(sentinel);
      sentinel.once('end', () => this.open.delete(sentinel));
      return sentinel;
    };
    connector.resolve = async (endpoint) => {
      this.connectionError = undefined;
      try {
        const master = await resolve(endpoint);
        if (master === null) this.failures.push(null);
        return master;
      } catch (error) {
        this.failures.push(this.connectionError ?? error);
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
