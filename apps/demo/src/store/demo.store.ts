import { Inject, Injectable, Optional } from '@nestjs/common';
import { type AdapterStatus, type CacheStore, type LinkState, RedisAdapter, ShardedCache } from 'nestjs-redis-infra';

/** The store of the demo: one connection, or shards. `RedisModule` provides one of the two. */
@Injectable()
export class DemoStore {
  constructor(
    @Optional() @Inject(RedisAdapter) private readonly redis: RedisAdapter | undefined,
    @Optional() @Inject(ShardedCache) readonly shards: ShardedCache | undefined,
  ) {}

  /** What the caches and the limiter work on. */
  get store(): CacheStore {
    return this.shards ?? this.connection;
  }

  /** The connection to the one Redis. */
  get connection(): RedisAdapter {
    if (this.redis === undefined) throw new Error('with shards there is no single connection');
    return this.redis;
  }

  /** `shards`, or the kind of deployment. */
  get mode(): AdapterStatus['mode'] | 'shards' {
    return this.redis === undefined ? 'shards' : this.redis.mode;
  }

  /** Whether the connections are up, without a request to Redis. */
  get state(): LinkState | undefined {
    return this.store.can?.link?.state;
  }
}
