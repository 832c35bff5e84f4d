import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import type { Clock } from '../common/clock.js';
import type { Logger } from '../common/logger.js';
import { optionInvalid } from '../common/options.js';
import type { RedisAdapter } from '../adapters/redis.adapter.js';
import type { CacheStore } from '../domain/cache-store.js';
import type { RateLimiter } from '../rate-limiter/rate-limiter.js';
import type { CacheService } from '../service/cache/cache.service.js';
import type { ShardedCache } from '../service/sharded/sharded.cache.js';
import type { RateLimitGuard } from './rate-limit/guard/rate-limit.guard.js';
import type { ResolvedModuleOptions } from './redis-module.options.js';
import {
  logConnection,
  logMissingPermissions,
  logSkippedChanges,
  logDecisionsWithoutRedis,
  logOutages,
  logUnusableValues,
  moduleLogger,
} from './redis.logs.js';
import type { CleanupScheduler } from './cleanup/cleanup.scheduler.js';
import { rejectAbsentStore } from './sharding/absent-store.check.js';
import { logShards } from './sharding/shard.logs.js';
import { getCleanupToken, getInstanceToken, getRedisToken, getShardedCacheToken } from './tokens/redis.tokens.js';

/** What to inject instead of a store that an instance does not have. */
const SHARDS = 'this instance has shards: inject ShardedCache, or CacheService';
const NO_CLEANUP = 'this instance has no cleanup: set the option cleanup';
const ONE_CONNECTION = 'this instance has one connection: set the option shards, or inject RedisAdapter';

interface Instance {
  readonly name: string | undefined;
  /** Undefined for an instance with shards. */
  readonly adapter: RedisAdapter | undefined;
  /** Undefined for an instance with one connection. */
  readonly sharded: ShardedCache | undefined;
  readonly cleanup: CleanupScheduler;
  readonly cache: CacheService;
  readonly limiter: RateLimiter;
  readonly options: ResolvedModuleOptions;
  readonly modules: ModulesContainer;
  readonly guard: RateLimitGuard;
  readonly clock: Clock;
}

/**
 * Connects an instance when the application starts, and closes it when the application stops, after HTTP has drained.
 */
export class RedisLifecycle implements OnModuleInit, OnApplicationShutdown {
  private readonly logger: Logger;
  private readonly store: Partial<CacheStore>;

  constructor(private readonly instance: Instance) {
    this.store = instance.sharded ?? instance.adapter ?? {};
    this.logger = moduleLogger(instance.name);
  }

  /**
   * Waits for Redis only with `failFast`.
   * @throws RedisInfraError OPTION_INVALID when two registrations have the same name, or when a provider injects the
   * store that this instance does not have
   */
  async onModuleInit(): Promise<void> {
    try {
      await this.start();
    } catch (error) {
      await this.abortStart();
      throw error;
    }
  }

  private async start(): Promise<void> {
    const { cache, options, guard } = this.instance;
    this.rejectDuplicateRegistration();
    this.rejectAbsentStore();
    this.instance.cleanup.check();
    // Before connecting, so that a failed check has nothing to close. Tests may replace the guard by one without this
    // hook.
    guard.onModuleInit?.();
    this.startLogs();
    // Rejects if the journal of the fallback cannot be used.
    await cache.store?.can?.fallback?.open();
    const connected = Promise.resolve(this.store.connect?.());
    if (options.failFast) await connected;
    else connected.catch(() => {});
  }

  private startLogs(): void {
    const { adapter, sharded, cache, limiter, options, clock } = this.instance;
    // Tests may replace each of these by an object without events.
    if (typeof cache.on === 'function') {
      logUnusableValues(cache, this.logger, clock);
      logSkippedChanges(cache, this.logger, clock);
      logMissingPermissions(cache, this.logger);
    }
    if (typeof limiter.onDetached === 'function') logDecisionsWithoutRedis(limiter, this.logger, clock);
    if (typeof sharded?.on === 'function') logShards(sharded, this.logger, clock);
    if (options.unconfigured) this.logEmbeddedStore();
    else if (typeof adapter?.on === 'function') logConnection(adapter, this.logger);
    // `logShards` logs those of the shards.
    const fallback = sharded === undefined ? cache.store?.can?.fallback : undefined;
    if (fallback !== undefined) logOutages(fallback, this.logger, clock);
  }

  async onApplicationShutdown(): Promise<void> {
    const { options } = this.instance;
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<'late'>((resolve) => {
      timer = setTimeout(resolve, options.shutdownTimeoutMs, 'late');
    });
    const result = await Promise.race([this.close(), timeout]);
    clearTimeout(timer);
    // Not awaited: the time is over.
    if (result === 'late') Promise.resolve(this.store.disconnect?.()).catch(() => {});
  }

  /** Closes the store last: the limiter returns unspent tokens through it, and the cache ends the leases of its loads. */
  private async close(): Promise<void> {
    const { cache, limiter } = this.instance;
    try {
      await limiter.close?.();
    } finally {
      try {
        await cache.disconnect?.();
      } finally {
        // Tests may replace the cache, so the store is closed here as well.
        await this.store.disconnect?.();
      }
    }
  }

  /**
   * Closes all instances. Nest calls no shutdown hooks after a failed start, and open connections would keep the
   * process alive.
   */
  private async abortStart(): Promise<void> {
    const providers = [...this.instance.modules.values()].flatMap((module) => [...module.providers.values()]);
    const instances = new Set<unknown>(providers.map(({ instance }) => instance));
    const started = [...instances].filter((instance) => instance instanceof RedisLifecycle);
    await Promise.allSettled([this, ...started].map((instance) => instance.onApplicationShutdown()));
  }

  /** Looks in the modules of this application: a static registry would mix up two applications in one process. */
  private rejectDuplicateRegistration(): void {
    const { name, modules } = this.instance;
    const registered = [...modules.values()].filter((module) => module.providers.has(getInstanceToken(name)));
    if (registered.length < 2) return;
    const which = name === undefined ? 'without a name' : `with the name '${name}'`;
    throw optionInvalid(
      'name',
      `RedisModule is registered ${registered.length} times ${which}: register it once, or set a different name for each registration`,
    );
  }

  private rejectAbsentStore(): void {
    const { name, modules, options } = this.instance;
    if (options.cleanup === undefined)
      rejectAbsentStore(modules, { token: getCleanupToken(name), path: 'cleanup', hint: NO_CLEANUP });
    if (options.sharded === undefined)
      rejectAbsentStore(modules, { token: getShardedCacheToken(name), hint: ONE_CONNECTION });
    else rejectAbsentStore(modules, { token: getRedisToken(name), hint: SHARDS });
  }

  private logEmbeddedStore(): void {
    const line =
      'no Redis is configured, using the embedded store in memory: to use Redis, set the option connection or the variable REDIS_URL';
    if (process.env.NODE_ENV === 'production') this.logger.warn(line);
    else this.logger.log(line);
  }
}
