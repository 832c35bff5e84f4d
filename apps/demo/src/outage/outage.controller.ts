import { Controller, Delete, Get, HttpCode, HttpStatus, Inject, NotImplementedException, Post } from '@nestjs/common';
import type { FallbackStatus } from 'nestjs-redis-infra';
import { Caches } from '../cache/caches.js';
import { DemoStore } from '../store/demo.store.js';

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
    @Inject(DemoStore) private readonly demo: DemoStore,
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
    const { mode } = this.demo;
    if (mode === 'shards') throw new NotImplementedException('Stop one shard: curl -X DELETE <url>/shards/eu-2');
    if (mode === 'memory')
      throw new NotImplementedException('The embedded store has no outages: set REDIS_URL to use Redis');
    this.endIsolation ??= this.demo.connection.isolate();
    return this.report();
  }

  @Delete()
  end(): OutageReport {
    this.endIsolation?.();
    this.endIsolation = undefined;
    return this.report();
  }
}
