import type { Cluster, Redis } from 'ioredis';
import type { Duration } from '../../common/duration.js';
import type { On } from '../../common/typed-emitter.js';
import type { RedisMode } from '../../config/redis-config.options.js';
import { toRedisConfig, type RedisConnection } from '../../config/redis-connection.js';
import type { CacheStore, CallOptions, ClearOptions, SetEntry, StoreCapabilities } from '../../domain/cache-store.js';
import type { CodecOptions } from '../../domain/codec/codec.options.js';
import type { ExclusiveConnection } from '../exclusive/pending-lease.js';
import { AdapterBackend, type AdapterEvents, type AdapterStatus } from './adapter-backend.js';
import { resolveAdapterOptions, type AdapterOptions } from './adapter-options.js';
import { MemoryBackend } from './memory.backend.js';
import type { ResealOptions, ResealProgress } from './resealing.js';
import { RedisBackend } from './redis.backend.js';

/**
 * Redis as a `CacheStore`: values as JSON text, keys under a prefix, every call under a deadline, the reads of one turn of the
 * event loop as one MGET (on a cluster a GET for each key), its writes as one system call. It connects at `connect()` or on first use, and reconnects by itself.
 *
 * Calls reject with `RedisInfraError`: KEY_INVALID, VALUE_INVALID, OPTION_INVALID, CODEC_SERIALIZE before anything is sent;
 * CIRCUIT_OPEN, OVERLOADED, CONNECTION_FAILED, DEADLINE_EXCEEDED, COMMAND_FAILED, WRONG_TYPE, READ_ONLY, OUT_OF_MEMORY, CLOSED with the `outcome` known.
 *
 * @example
 * const redis = new RedisAdapter('redis://127.0.0.1:6379', { keyPrefix: 'app:' });
 * await redis.set('city', { name: 'Bern' }, '10m');
 */
export class RedisAdapter implements CacheStore {
  /** Where it is connected to; `memory` is the embedded store, with the same semantics. */
  readonly mode: RedisMode;
  readonly can: StoreCapabilities;
  /** Subscribes to an event; the function it returns ends the subscription. */
  readonly on: On<AdapterEvents>;
  private readonly backend: AdapterBackend;
  private readonly store: CacheStore;

  /**
   * @param connection a url, options or a `RedisConfig`; left out or `''`: the environment's, and with nothing there the embedded store
   * @throws RedisInfraError OPTION_INVALID with the option's path.
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

  /** The ioredis client, for commands this package does not have. @throws RedisInfraError UNSUPPORTED on the embedded store, CONNECTION_FAILED before the first connect. */
  get client(): Redis | Cluster {
    return this.backend.client;
  }

  status(): AdapterStatus {
    return this.backend.status();
  }

  /** What may be shown of it; nothing of the connection, which holds the password. */
  toJSON(): AdapterStatus {
    return this.status();
  }

  /** @internal */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `RedisAdapter (${this.mode}, ${this.status().state})`;
  }

  /**
   * Refuses every call with CIRCUIT_OPEN, whatever the server does, until the function it returns is called: for work on the server.
   * Several may isolate it at once; it goes on when the last one has ended that.
   * @throws RedisInfraError UNSUPPORTED on the embedded store.
   */
  isolate(): () => void {
    return this.backend.isolate();
  }

  /**
   * Lends a connection that nobody else uses, for blocking commands, WATCH and MULTI, subscriptions: new each time, and closed by
   * `release()`. It does not reconnect. At most `resilience.maxExclusive` are lent; who comes later waits, at most for its deadline.
   * @example
   * const { client, release } = await adapter.acquire({ deadline: '2s' });
   * try {
   *   await client.blpop('jobs', 30);
   * } finally {
   *   release();
   * }
   * @throws RedisInfraError OVERLOADED where none became free in time; CONNECTION_FAILED; DEADLINE_EXCEEDED; CLOSED; UNSUPPORTED in a
   * cluster and on the embedded store.
   */
  async acquire(call?: CallOptions): Promise<ExclusiveConnection> {
    return this.backend.acquire(call);
  }

  /** The same store under other limits: `adapter.with({ deadline: '50ms' }).get(key)`. @throws RedisInfraError OPTION_INVALID */
  with(call: CallOptions): RedisAdapter {
    return new RedisAdapter(this.backend.withLimits(call));
  }

  /**
   * Writes every value anew that is not as it would be written now: sealed with an older key, or not sealed yet. One by one, only if
   * nobody changed it meanwhile, and its time to live stays. What cannot be read is counted and left alone.
   * @example for await (const { resealed } of adapter.resealAll()) console.log(resealed);
   * @throws RedisInfraError OPTION_INVALID, or what a command throws; what was done is done, and it may be begun again
   */
  resealAll(options?: ResealOptions): AsyncIterable<ResealProgress> {
    return this.backend.resealAll(options);
  }

  /** Resolves when the connection is up. Rejects with CONNECTION_FAILED when the attempt fails; it goes on trying all the same. */
  connect(): Promise<void> {
    return this.store.connect();
  }

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
