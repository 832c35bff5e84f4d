import type { Duration } from '../../../common/duration.js';
import type {
  CacheStore,
  CallOptions,
  ClearOptions,
  SetEntry,
  StoreCapabilities,
} from '../../../domain/cache-store.js';
import type { ShardOutcome } from '../shards/shard-snapshot.js';
import { GuardedCalls, type GuardedCallsOptions } from './guarded-calls.js';
import { guardedCapabilities } from './guarded-capabilities.js';

/** The adapter of a shard, which is used only if its server carries the stamp of the shard. */
export class GuardedStore implements CacheStore {
  private readonly calls: GuardedCalls;
  private capabilities: StoreCapabilities | undefined;

  constructor(private readonly options: GuardedCallsOptions) {
    this.calls = new GuardedCalls(options);
  }

  get can(): StoreCapabilities {
    return (this.capabilities ??= guardedCapabilities(
      this.calls,
      (store) => new GuardedStore({ ...this.options, store }),
    ));
  }

  /** @throws RedisInfraError also if the server is another shard, or its keys were placed with other shards */
  async connect(): Promise<void> {
    await this.options.store.connect();
    await this.options.guard.recheck();
  }

  async disconnect(): Promise<void> {
    // The server may be another one at the next connect.
    await this.options.guard.end();
    await this.options.store.disconnect();
  }

  with(call: CallOptions): GuardedStore {
    return new GuardedStore(this.calls.with(call).options);
  }

  get<T>(key: string): Promise<T | undefined> {
    return this.calls.run((store) => store.get<T>(key), found);
  }

  getMany<T>(keys: readonly string[]): Promise<(T | undefined)[]> {
    return this.calls.run((store) => store.getMany<T>(keys));
  }

  set(key: string, value: unknown, ttl?: Duration): Promise<void> {
    return this.calls.run((store) => store.set(key, value, ttl));
  }

  setMany(entries: readonly SetEntry[]): Promise<void> {
    return this.calls.run((store) => store.setMany(entries));
  }

  delete(key: string): Promise<boolean> {
    return this.calls.run((store) => store.delete(key));
  }

  deleteMany(keys: readonly string[]): Promise<number> {
    return this.calls.run((store) => store.deleteMany(keys));
  }

  has(key: string): Promise<boolean> {
    return this.calls.run((store) => store.has(key));
  }

  hset(key: string, field: string, value: unknown): Promise<void> {
    return this.calls.run((store) => store.hset(key, field, value));
  }

  hget<T>(key: string, field: string): Promise<T | undefined> {
    return this.calls.run((store) => store.hget<T>(key, field));
  }

  hgetall<T>(key: string): Promise<Record<string, T>> {
    return this.calls.run((store) => store.hgetall<T>(key));
  }

  hdel(key: string, ...fields: string[]): Promise<number> {
    return this.calls.run((store) => store.hdel(key, ...fields));
  }

  expire(key: string, ttl: Duration): Promise<boolean> {
    return this.calls.run((store) => store.expire(key, ttl));
  }

  ttl(key: string): Promise<number | null | undefined> {
    return this.calls.run((store) => store.ttl(key));
  }

  incr(key: string, amount?: number): Promise<number> {
    return this.calls.run((store) => store.incr(key, amount));
  }

  clear(options?: ClearOptions): Promise<number> {
    return this.calls.run((store) => store.clear(options));
  }
}

function found(value: unknown): ShardOutcome {
  return value === undefined ? 'miss' : 'hit';
}
