import { Controller, Delete, Get, HttpCode, HttpStatus, Inject, NotImplementedException, Post } from '@nestjs/common';
import { type FallbackStatus, RedisAdapter } from 'nestjs-redis-infra';
import { Caches } from '../cache/caches.js';

/** What this process knows of an outage. */
export interface OutageReport {
  /** `POST /outage` has begun an outage by hand. */
  readonly isolated: boolean;
  /** The copies and the journal of the cache; null on the embedded store, which has no outages. */
  readonly fallback: FallbackStatus | null;
}

/** Shows what the cache does while Redis is unavailable, and begins and ends an outage by hand. */
@Controller('outage')
export class OutageController {
  private endIsolation: (() => void) | undefined;

  constructor(
    @Inject(RedisAdapter) private readonly redis: RedisAdapter,
    @Inject(Caches) private readonly caches: Caches,
  ) {}

  @Get()
  report(): OutageReport {
    return {
      isolated: this.endIsolation !== undefined,
      fallback: this.caches.root.store.can?.fallback?.status() ?? null,
    };
  }

  /** As if Redis were stopped, for this process only. */
  @Post()
  @HttpCode(HttpStatus.OK)
  begin(): OutageReport {
    if (this.redis.mode === 'memory')
      throw new NotImplementedException('The embedded store has no outages: set REDIS_URL to use Redis');
    this.endIsolation ??= this.redis.isolate();
    return this.report();
  }

  @Delete()
  end(): OutageReport {
    this.endIsolation?.();
    this.endIsolation = undefined;
    return this.report();
  }
}
