import { Controller, Delete, Get, Inject, UseFilters } from '@nestjs/common';
import type { CacheStats, FlushReport } from 'nestjs-redis-infra';
import { RedisErrorFilter } from '../http/redis-error.filter.js';
import { Caches } from './caches.js';

/** Shows the statistics of the caches, and empties them. */
@Controller('cache')
@UseFilters(RedisErrorFilter)
export class CacheController {
  constructor(@Inject(Caches) private readonly caches: Caches) {}

  @Get('stats')
  stats(): Readonly<Record<'root' | 'countries' | 'searches', CacheStats>> {
    const { root, countries, searches } = this.caches;
    return { root: root.stats(), countries: countries.stats(), searches: searches.stats() };
  }

  /** Empties all caches: the others are namespaces of the root. */
  @Delete()
  flush(): Promise<FlushReport> {
    return this.caches.root.flush();
  }
}
