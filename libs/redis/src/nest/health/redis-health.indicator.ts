import type { OnModuleInit } from '@nestjs/common';
import type { ModuleRef } from '@nestjs/core';
import type { HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { optionInvalid } from '../../common/options.js';
import type { CacheStore } from '../../domain/cache-store.js';
import type { CacheService } from '../../service/cache/cache.service.js';
import { StoreHealth } from '../../service/health/store-health.js';
import type { HealthOptions } from '../../service/health/health-options.js';
import type { HealthReport } from '../../service/health/health-report.js';
import { moduleLogger } from '../redis.logs.js';
import { getCacheToken, getStoreToken } from '../tokens/redis.tokens.js';
import { HealthLog } from './health.log.js';
import { terminusResult } from './terminus-result.js';

/** @internal What `RedisHealthModule` creates an indicator with. */
export interface HealthIndicatorParts {
  readonly instance: string | undefined;
  readonly options: HealthOptions;
  readonly service: HealthIndicatorService;
  readonly moduleRef: ModuleRef;
}

/**
 * The health of an instance of `RedisModule`, for `HealthCheckService` of Terminus. `RedisHealthModule` provides it.
 *
 * @example
 * @Get('ready')
 * @HealthCheck()
 * ready() {
 *   return this.health.check([() => this.redis.ready('redis')]);
 * }
 */
export class RedisHealthIndicator implements OnModuleInit {
  private readonly log: HealthLog;
  private health: StoreHealth | undefined;

  /** @internal */
  constructor(private readonly parts: HealthIndicatorParts) {
    this.log = new HealthLog(moduleLogger(parts.instance));
  }

  /** Nest calls it. @throws RedisInfraError OPTION_INVALID when no `RedisModule` is registered for the instance */
  onModuleInit(): void {
    this.health = this.createHealth();
  }

  /**
   * Whether the process works: always `up`. It does not look at Redis, because a restart of the process does not repair
   * Redis, and would drop the copies that the cache answers from.
   */
  live<Key extends string>(key: Key): HealthIndicatorResult<Key> {
    return terminusResult(this.parts.service, key, { status: 'up' });
  }

  /**
   * Whether the process can serve requests. `down` (HTTP 503): a `required` Redis is unavailable, or Redis is
   * misconfigured. `degraded` (HTTP 200): calls are served, and something is impaired. Resolves within 500 ms.
   */
  async ready<Key extends string>(key: Key): Promise<HealthIndicatorResult<Key>> {
    const { nodes: _, shards, ...report } = await this.report();
    const statuses = shards && Object.fromEntries(Object.entries(shards).map(([id, { status }]) => [id, status]));
    return terminusResult(this.parts.service, key, { ...report, shards: statuses });
  }

  /** Like `ready`, with the report of each shard and of each master of a Cluster. */
  async details<Key extends string>(key: Key): Promise<HealthIndicatorResult<Key>> {
    return terminusResult(this.parts.service, key, { ...(await this.report()) });
  }

  private async report(): Promise<HealthReport> {
    const report = await (this.health ??= this.createHealth()).check();
    this.log.note(report);
    return report;
  }

  private createHealth(): StoreHealth {
    return new StoreHealth(this.findStore(), this.parts.options);
  }

  /** The store with the fallback of the cache. A test may have replaced the cache by an object without a store. */
  private findStore(): CacheStore {
    const { instance, moduleRef } = this.parts;
    try {
      const cache: Partial<CacheService> = moduleRef.get(getCacheToken(instance), { strict: false });
      return cache.store ?? moduleRef.get<CacheStore>(getStoreToken(instance), { strict: false });
    } catch {
      const which = instance === undefined ? 'without a name' : `with the name '${instance}'`;
      throw optionInvalid('instance', `RedisModule is not registered ${which}`);
    }
  }
}
