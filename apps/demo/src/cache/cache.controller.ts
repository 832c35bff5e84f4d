import { Controller, Delete, Get, Inject, UseFilters } from '@nestjs/common';
import type { CacheStats, FlushReport } from 'nestjs-redis-infra';
import { RedisErrorFilter } from '../http/redis-error.filter.js';
import { Caches } from './caches.js';

/** Shows what the caches have done, and empties them. */
@Controller('cache')
@UseFilters(RedisErrorFilter)
export class CacheController {
  constructor(@Inject(Caches) private readonly caches: Caches) {}

  @Get('stats')
  stats(): Readonly<Record<'root' | 'countries' | 'searches', CacheStats>> {
    const { root, countries, searches } = this.caches;
    return { root: root.stats(), countries: countries.stats(), searches: searches.stats() };
  }

  /** All of them: those inside the root go with it. */
  @Delete()
  flush(): Promise<FlushReport> {
    return this.caches.root.flush();
  }
}
