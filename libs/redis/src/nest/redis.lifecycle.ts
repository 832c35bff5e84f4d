import { Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import { optionInvalid } from '../common/options.js';
import type { RedisAdapter } from '../adapters/redis/redis.adapter.js';
import type { RateLimiter } from '../rate-limiter/rate-limiter.js';
import type { CacheService } from '../service/cache/cache.service.js';
import { CodecLog } from './codec.log.js';
import { ConnectionLog } from './connection.log.js';
import { LimiterLog } from './limiter.log.js';
import type { RateLimitGuard } from './rate-limit/guard/rate-limit.guard.js';
import type { ResolvedModuleOptions } from './redis-module.options.js';
import { SkippedChangesLog } from './skipped-changes.log.js';
import { getInstanceToken } from './tokens/redis.tokens.js';

interface Instance {
  readonly name: string | undefined;
  readonly adapter: RedisAdapter;
  readonly cache: CacheService;
  readonly limiter: RateLimiter;
  readonly options: ResolvedModuleOptions;
  readonly modules: ModulesContainer;
  readonly guard: RateLimitGuard;
}

/** Connects an instance when its application starts, and closes it when the application stops: after HTTP has drained. */
export class RedisLifecycle implements OnModuleInit, OnApplicationShutdown {
  private readonly logger: Logger;

  constructor(private readonly instance: Instance) {
    this.logger = new Logger(instance.name === undefined ? 'RedisModule' : `RedisModule(${instance.name})`);
  }

  /** Boot does not wait for Redis, unless it was asked to. @throws RedisInfraError OPTION_INVALID for a name registered twice */
  async onModuleInit(): Promise<void> {
    try {
      await this.start();
    } catch (error) {
      await this.abortStart();
      throw error;
    }
  }

  private async start(): Promise<void> {
    const { adapter, cache, limiter, options } = this.instance;
    this.rejectDuplicateRegistration();
    // Before anything connects: a start that fails has nothing to close. In tests another guard may stand in.
    this.instance.guard.onModuleInit?.();
    // In tests another object may stand in for each: it has what the test needs, and perhaps no events.
    if (typeof cache.on === 'function') {
      new CodecLog(cache, this.logger).start();
      new SkippedChangesLog(cache, this.logger).begin();
    }
    if (typeof limiter.onDetached === 'function') new LimiterLog(limiter, this.logger).start();
    if (options.unconfigured) this.logEmbeddedStore();
    else if (typeof adapter.on === 'function') new ConnectionLog(adapter, this.logger).start();
    const connected = Promise.resolve(adapter.connect?.());
    if (options.failFast) await connected;
    else connected.catch(() => {});
  }

  async onApplicationShutdown(): Promise<void> {
    const { options } = this.instance;
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, options.shutdownTimeoutMs);
    });
    await Promise.race([this.close(), timeout]);
    clearTimeout(timer);
  }

  /** The limiter first: it gives back what it has taken and not spent. */
  private async close(): Promise<void> {
    const { adapter, cache, limiter } = this.instance;
    try {
      await limiter.close?.();
    } finally {
      // The cache ends its loads and the adapter it was made over; that is ours also where another cache stands in.
      await Promise.all([cache, adapter].map(async (one) => one.disconnect?.()));
    }
  }

  /** Nest calls no shutdown hook where the start fails, so whatever is open would keep the process alive. */
  private async abortStart(): Promise<void> {
    const providers = [...this.instance.modules.values()].flatMap((module) => [...module.providers.values()]);
    const instances = new Set<unknown>(providers.map(({ instance }) => instance));
    const started = [...instances].filter((instance) => instance instanceof RedisLifecycle);
    await Promise.allSettled([this, ...started].map((instance) => instance.onApplicationShutdown()));
  }

  /** Looked up in this application's own modules: a static registry would confuse two applications of one process. */
  private rejectDuplicateRegistration(): void {
    const { name, modules } = this.instance;
    const registered = [...modules.values()].filter((module) => module.providers.has(getInstanceToken(name)));
    if (registered.length < 2) return;
    const which = name === undefined ? 'without a name' : `of the name '${name}'`;
    throw optionInvalid(
      'name',
      `RedisModule is registered ${registered.length} times ${which}: register it once, or give each a name of its own`,
    );
  }

  private logEmbeddedStore(): void {
    const line =
      'no Redis is configured (connection, or REDIS_URL): using the embedded store, in the memory of this process';
    if (process.env.NODE_ENV === 'production') this.logger.warn(line);
    else this.logger.log(line);
  }
}
