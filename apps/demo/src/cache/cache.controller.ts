import { Controller, Delete, Get, Inject, UseFilters } from '@nestjs/common';
import { CacheService, type CacheStats, type FlushReport } from 'nestjs-redis-infra';
import { RedisErrorFilter } from '../http/redis-error.filter.js';

/** Shows what the cache has done, and empties it. */
@Controller('cache')
@UseFilters(RedisErrorFilter)
export class CacheController {
  constructor(@Inject(CacheService) private readonly cache: CacheService) {}

  @Get('stats')
  stats(): CacheStats {
    return this.cache.stats();
  }

  @Delete()
  flush(): Promise<FlushReport> {
    return this.cache.flush();
  }
}
