import type { Cluster, Redis } from 'ioredis';
import { systemClock } from '../common/clock.js';
import type { On } from '../common/typed-emitter.js';
import type { RedisMode } from '../config/redis-config.options.js';
import { toRedisConfig, type RedisConnection } from '../config/redis-connection.js';
import type { CallOptions } from '../domain/cache-store.js';
import { withCallOptions, type CallContext } from './calls/call-context.js';
import type { ClientPurpose } from './exclusive/library-client.factory.js';
import type { ExclusiveConnection } from './exclusive/pending-lease.js';
import type { AdapterEvents } from './redis/adapter-events.js';
import { resolveAdapterOptions, type AdapterOptions } from './redis/adapter-options.js';
import type { AdapterSnapshot } from './redis/adapter-snapshot.js';
import type { AdapterStatus } from './redis/adapter-status.js';
import { EmbeddedStore } from './redis/embedded.store.js';
import { RedisStore } from './redis/redis.store.js';
import type { ResealOptions, ResealProgress } from './redis/values/reseal-options.js';
import { StoreAdapter, StoreView } from './store.adapter.js';

/**
 * Redis as a `CacheStore`. Values are stored as JSON text under a key prefix, and every call has a deadline. The reads
 * of one tick are sent as one MGET (in a cluster as one GET per key), and all commands of a tick in one system call.
 * The adapter connects on `connect()` or on first use, and reconnects by itself.
 *
 * Calls reject with `RedisInfraError`. KEY_INVALID, VALUE_INVALID, OPTION_INVALID and CODEC_SERIALIZE mean that nothing
 * was sent. For CIRCUIT_OPEN, OVERLOADED, CONNECTION_FAILED, DEADLINE_EXCEEDED, COMMAND_FAILED, WRONG_TYPE, READ_ONLY,
 * OUT_OF_MEMORY and CLOSED, `outcome` states whether the server executed the command.
 *
 * @example
 * const redis = new RedisAdapter('redis://127.0.0.1:6379', { keyPrefix: 'app:' });
 * await redis.set('city', { name: 'Bern' }, '10m');
 */
export class RedisAdapter extends StoreAdapter {
  /** @internal */
  declare protected readonly store: RedisStore | EmbeddedStore;

  /**
   * @param connection a URL, options or a `RedisConfig`. If it is omitted or `''`, the environment variables apply; if
   * none is set, the embedded store is used.
   * @throws RedisInfraError OPTION_INVALID with the path of the option
   */
  constructor(connection?: RedisConnection, options?: AdapterOptions);
  /** @internal */
  constructor(view: StoreView<RedisStore | EmbeddedStore>);
  constructor(source?: RedisConnection | StoreView<RedisStore | EmbeddedStore>, options?: AdapterOptions) {
    super(source instanceof StoreView ? source : openView(source, options));
  }

  /** The kind of deployment that it connects to. `memory` is the embedded store, which has the same semantics. */
  get mode(): RedisMode {
    return this.store.mode;
  }

  /** Subscribes to an event. The returned function ends the subscription. */
  get on(): On<AdapterEvents> {
    return this.store.on;
  }

  /**
   * The ioredis client, for commands that this package does not offer.
   * @throws RedisInfraError UNSUPPORTED on the embedded store; CONNECTION_FAILED before the first connect
   */
  get client(): Redis | Cluster {
    return this.store.client;
  }

  /** The current state: connection, circuits, pool and last error. */
  status(): AdapterStatus {
    return this.store.status();
  }

  /** @internal `status()`, and the counts since the adapter was created. */
  snapshot(): AdapterSnapshot {
    return this.store.snapshot();
  }

  /** Returns `status()`, and nothing of the connection options, which contain the password. */
  toJSON(): AdapterStatus {
    return this.status();
  }

  /** @internal */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `RedisAdapter (${this.mode}, ${this.status().state})`;
  }

  /**
   * Resolves when the connection is up and serves calls.
   * @throws RedisInfraError CONNECTION_FAILED when the attempt fails; further attempts follow in the background.
   * CIRCUIT_OPEN when the server is connected and does not serve calls
   */
  override connect(): Promise<void> {
    return this.store.connect();
  }

  /** Closes all connections. Calls reject with CLOSED until `connect()`. */
  override disconnect(): Promise<void> {
    return this.store.disconnect();
  }

  /**
   * The same store with other limits: `adapter.with({ deadline: '50ms' }).get(key)`.
   * @throws RedisInfraError OPTION_INVALID
   */
  with(call: CallOptions): RedisAdapter {
    return this.withContext(withCallOptions(this.context, call));
  }

  /**
   * Rejects every call with CIRCUIT_OPEN until the returned function is called, for example during maintenance of the
   * server. With several isolations, calls go through again when the last one has ended.
   * @throws RedisInfraError UNSUPPORTED on the embedded store
   */
  isolate(): () => void {
    return this.store.isolate();
  }

  /**
   * Lends an exclusive connection, for blocking commands, WATCH and MULTI, and subscriptions. Each is new and does not
   * reconnect; `release()` closes it. At most `resilience.maxExclusive` are lent; further calls wait, at most for their
   * deadline.
   * @example
   * const { client, release } = await adapter.acquire({ deadline: '2s' });
   * try {
   *   await client.blpop('jobs', 30);
   * } finally {
   *   release();
   * }
   * @throws RedisInfraError OVERLOADED when no connection was released within the deadline; CONNECTION_FAILED;
   * DEADLINE_EXCEEDED; CLOSED; UNSUPPORTED in a cluster and on the embedded store
   */
  async acquire(call?: CallOptions): Promise<ExclusiveConnection> {
    return this.store.acquire(withCallOptions(this.context, call));
  }

  /**
   * Creates an ioredis client for another library (BullMQ, socket.io, connect-redis), with the connection of this
   * adapter and the options that the library needs. It connects with its first command, reconnects by itself, and is
   * closed by `disconnect()`. The key prefix, the deadlines and the circuits of the adapter do not apply: set the
   * prefix in the library.
   *
   * A `password` that is a function is called before each connection of the client and of its copies (`duplicate()`).
   * An open connection stays signed in when the token changes: a blocking command continues to wait. If the server
   * closes the connection, the client reconnects with a new token, sends the blocking command again and restores
   * subscriptions; a command of a `shared` client rejects. While the function fails, the client emits `error` and
   * retries as it does while the server cannot be reached.
   * @throws RedisInfraError OPTION_INVALID for another purpose; UNSUPPORTED on the embedded store
   * @see docs/guides/clients-for-other-libraries.md
   */
  createClient(purpose: ClientPurpose): Redis | Cluster {
    return this.store.createClient(purpose);
  }

  /**
   * Seals every outdated value again: values sealed with an older key, and values not sealed yet. Each is replaced by
   * compare and set, so that a concurrent write wins, and its time to live stays. Unreadable values are counted in
   * `failed` and not changed.
   * @example for await (const { resealed } of adapter.resealAll()) console.log(resealed);
   * @throws RedisInfraError OPTION_INVALID, or the error of a command. Values resealed by then stay resealed; it is
   * safe to start again.
   */
  resealAll(options?: ResealOptions): AsyncIterable<ResealProgress> {
    return this.store.resealAll(options, this.context);
  }

  /** @internal */
  protected override withContext(context: CallContext): RedisAdapter {
    return new RedisAdapter(new StoreView(this.store, context));
  }
}

function openView(
  connection: RedisConnection | undefined,
  options: AdapterOptions | undefined,
): StoreView<RedisStore | EmbeddedStore> {
  const config = toRedisConfig(connection, 'connection');
  const resolved = resolveAdapterOptions(options);
  const store =
    config.mode === 'memory' ? new EmbeddedStore(resolved, systemClock) : new RedisStore(config, resolved, systemClock);
  return new StoreView(store, store.context);
}
