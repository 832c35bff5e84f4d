import { Controller, Delete, Get, Inject, Param, UseFilters } from '@nestjs/common';
import type { CacheStats, FlushReport, Invalidation } from 'nestjs-redis-infra';
import { CountryCodePipe } from '../http/country-code.pipe.js';
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

  /** Removes the statistics of a country: at once, or when Redis is available again. */
  @Delete('countries/:code')
  removeCountry(@Param('code', CountryCodePipe) code: string): Promise<Invalidation> {
    return this.caches.countries.invalidate(code);
  }
}
