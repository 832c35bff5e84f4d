import type { Cluster, Redis } from 'ioredis';
import type { Duration } from '../../common/duration.js';
import type { On } from '../../common/typed-emitter.js';
import type { RedisMode } from '../../config/redis-config.options.js';
import { toRedisConfig, type RedisConnection } from '../../config/redis-connection.js';
import type { CacheStore, CallOptions, ClearOptions, SetEntry, StoreCapabilities } from '../../domain/cache-store.js';
import type { CodecOptions } from '../../domain/codec/codec.options.js';
import type { ClientPurpose } from '../exclusive/library-clients.js';
import type { ExclusiveConnection } from '../exclusive/pending-lease.js';
import { AdapterBackend, type AdapterEvents, type AdapterStatus } from './adapter-backend.js';
import { resolveAdapterOptions, type AdapterOptions } from './adapter-options.js';
import { MemoryBackend } from './memory.backend.js';
import type { ResealOptions, ResealProgress } from './resealing.js';
import { RedisBackend } from './redis.backend.js';

/**
 * Redis as a `CacheStore`. Values are stored as JSON text under a key prefix, and every call has a deadline. The reads of one tick are sent
 * as one MGET (in a cluster as one GET per key), and all commands of a tick in one system call. The adapter connects on `connect()` or on
 * first use, and reconnects by itself.
 *
 * Calls reject with `RedisInfraError`. KEY_INVALID, VALUE_INVALID, OPTION_INVALID and CODEC_SERIALIZE mean that nothing was sent. For
 * CIRCUIT_OPEN, OVERLOADED, CONNECTION_FAILED, DEADLINE_EXCEEDED, COMMAND_FAILED, WRONG_TYPE, READ_ONLY, OUT_OF_MEMORY and CLOSED,
 * `outcome` states whether the server executed the command.
 *
 * @example
 * const redis = new RedisAdapter('redis://127.0.0.1:6379', { keyPrefix: 'app:' });
 * await redis.set('city', { name: 'Bern' }, '10m');
 */
export class RedisAdapter implements CacheStore {
  /** The kind of deployment that it connects to. `memory` is the embedded store, which has the same semantics. */
  readonly mode: RedisMode;
  readonly can: StoreCapabilities;
  /** Subscribes to an event. The returned function ends the subscription. */
  readonly on: On<AdapterEvents>;
  private readonly backend: AdapterBackend;
  private readonly store: CacheStore;

  /**
   * @param connection a url, options or a `RedisConfig`. If it is omitted or `''`, the environment variables apply; if none is set, the
   * embedded store is used.
   * @throws RedisInfraError OPTION_INVALID with the path of the option
   */
  constructor(connection?: RedisConnection, options?: AdapterOptions);
  /** @internal */
  constructor(backend: AdapterBackend);
  constructor(connection?: RedisConnection | AdapterBackend, options?: AdapterOptions) {
    this.backend = connection instanceof AdapterBackend ? connection : createBackend(connection, options);
    this.store = this.backend.store;
    this.mode = this.backend.mode;
    this.on = this.backend.on;
    this.can = Object.freeze({
      ...this.store.can,
      codec: {
        with: (codec: CodecOptions, path?: string) => this.withCodec(codec, path),
        bytes: (key: string) => this.backend.bytes(key),
      },
    });
  }

  /**
   * The ioredis client, for commands that this package does not offer.
   * @throws RedisInfraError UNSUPPORTED on the embedded store; CONNECTION_FAILED before the first connect
   */
  get client(): Redis | Cluster {
    return this.backend.client;
  }

  /** The current state: connection, circuits, pool and last error. */
  status(): AdapterStatus {
    return this.backend.status();
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
   * Rejects every call with CIRCUIT_OPEN until the returned function is called, for example during maintenance of the server. With several
   * isolations, calls go through again when the last one has ended.
   * @throws RedisInfraError UNSUPPORTED on the embedded store
   */
  isolate(): () => void {
    return this.backend.isolate();
  }

  /**
   * Lends an exclusive connection, for blocking commands, WATCH and MULTI, and subscriptions. Each is new and does not reconnect;
   * `release()` closes it. At most `resilience.maxExclusive` are lent; further calls wait, at most for their deadline.
   * @example
   * const { client, release } = await adapter.acquire({ deadline: '2s' });
   * try {
   *   await client.blpop('jobs', 30);
   * } finally {
   *   release();
   * }
   * @throws RedisInfraError OVERLOADED when no connection was released within the deadline; CONNECTION_FAILED; DEADLINE_EXCEEDED; CLOSED;
   * UNSUPPORTED in a cluster and on the embedded store
   */
  async acquire(call?: CallOptions): Promise<ExclusiveConnection> {
    return this.backend.acquire(call);
  }

  /**
   * Creates an ioredis client for another library (BullMQ, socket.io, connect-redis), with the connection of this adapter and the options
   * that the library needs. It connects with its first command, reconnects by itself, and is closed by `disconnect()`. The key prefix, the
   * deadlines and the circuits of the adapter do not apply: set the prefix in the library.
   * @throws RedisInfraError OPTION_INVALID for another purpose; UNSUPPORTED on the embedded store, and if the password is a function
   */
  createClient(purpose: ClientPurpose): Redis | Cluster {
    return this.backend.createClient(purpose);
  }

  /** The same store with other limits: `adapter.with({ deadline: '50ms' }).get(key)`. @throws RedisInfraError OPTION_INVALID */
  with(call: CallOptions): RedisAdapter {
    return new RedisAdapter(this.backend.withLimits(call));
  }

  /**
   * Seals every outdated value again: values sealed with an older key, and values not sealed yet. Each is replaced by compare and set, so
   * that a concurrent write wins, and its time to live stays. Unreadable values are counted in `failed` and not changed.
   * @example for await (const { resealed } of adapter.resealAll()) console.log(resealed);
   * @throws RedisInfraError OPTION_INVALID, or the error of a command. Values resealed by then stay resealed; it is safe to start again.
   */
  resealAll(options?: ResealOptions): AsyncIterable<ResealProgress> {
    return this.backend.resealAll(options);
  }

  /**
   * Resolves when the connection is up and serves calls.
   * @throws RedisInfraError CONNECTION_FAILED when the attempt fails; further attempts follow in the background. CIRCUIT_OPEN when the
   * server is connected and does not serve calls
   */
  connect(): Promise<void> {
    return this.store.connect();
  }

  /** Closes all connections. Calls reject with CLOSED until `connect()`. */
  disconnect(): Promise<void> {
    return this.store.disconnect();
  }

  get<T>(key: string): Promise<T | undefined> {
    return this.store.get<T>(key);
  }

  getMany<T>(keys: readonly string[]): Promise<(T | undefined)[]> {
    return this.store.getMany<T>(keys);
  }

  set(key: string, value: unknown, ttl?: Duration): Promise<void> {
    return this.store.set(key, value, ttl);
  }

  setMany(entries: readonly SetEntry[]): Promise<void> {
    return this.store.setMany(entries);
  }

  delete(key: string): Promise<boolean> {
    return this.store.delete(key);
  }

  deleteMany(keys: readonly string[]): Promise<number> {
    return this.store.deleteMany(keys);
  }

  has(key: string): Promise<boolean> {
    return this.store.has(key);
  }

  hset(key: string, field: string, value: unknown): Promise<void> {
    return this.store.hset(key, field, value);
  }

  hget<T>(key: string, field: string): Promise<T | undefined> {
    return this.store.hget<T>(key, field);
  }

  hgetall<T>(key: string): Promise<Record<string, T>> {
    return this.store.hgetall<T>(key);
  }

  hdel(key: string, ...fields: string[]): Promise<number> {
    return this.store.hdel(key, ...fields);
  }

  expire(key: string, ttl: Duration): Promise<boolean> {
    return this.store.expire(key, ttl);
  }

  ttl(key: string): Promise<number | null | undefined> {
    return this.store.ttl(key);
  }

  incr(key: string, amount?: number): Promise<number> {
    return this.store.incr(key, amount);
  }

  clear(options?: ClearOptions): Promise<number> {
    return this.store.clear(options);
  }

  private withCodec(codec: CodecOptions, path?: string): RedisAdapter {
    return new RedisAdapter(this.backend.withCodec(codec, path));
  }
}

function createBackend(connection: RedisConnection | undefined, options: AdapterOptions | undefined): AdapterBackend {
  const config = toRedisConfig(connection, 'connection');
  const resolved = resolveAdapterOptions(options);
  return config.mode === 'memory' ? MemoryBackend.create(resolved) : RedisBackend.create(config, resolved);
}
