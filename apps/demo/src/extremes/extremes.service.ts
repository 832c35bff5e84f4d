import { Inject, Injectable } from '@nestjs/common';
import { Cacheable, CacheEvict } from 'nestjs-redis-infra';
import { Database } from '../database/database.js';
import { EXTREME_CITIES, type ExtremeCities } from './extremes.query.js';

/** The namespace of the values, so that a tag of another namespace is another tag. */
const NAMESPACE = 'extremes';

/** Caches the results of its methods with decorators. */
@Injectable()
export class ExtremesService {
  constructor(@Inject(Database) private readonly database: Database) {}

  /** After ten minutes the old value is served for up to an hour, while one query in the background refreshes it. */
  @Cacheable({
    namespace: NAMESPACE,
    key: '{code}',
    ttl: '10m',
    staleWhileRevalidate: '1h',
    tags: ['country:{code}'],
  })
  async find(code: string): Promise<ExtremeCities | null> {
    const [row] = await this.database.query<ExtremeCities>(EXTREME_CITIES, [code]);
    return row === undefined || row.northernmost === null ? null : row;
  }

  /** For example, after an import has changed the cities of a country. */
  @CacheEvict({ namespace: NAMESPACE, tags: ['country:{code}'] })
  async forget(code: string): Promise<{ readonly forgotten: string }> {
    return { forgotten: code };
  }
}
