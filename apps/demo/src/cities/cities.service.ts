import { Inject, Injectable } from '@nestjs/common';
import type { CacheService } from 'nestjs-redis-infra';
import { Caches } from '../cache/caches.js';
import { Database } from '../database/database.js';
import type { CachedAnswer } from '../http/cached-answer.js';
import { nearestKey, searchKey } from './cities.keys.js';
import type { City, CountryStatistics, GeoPoint, NearCity, RankedCity, SearchResult } from './city.models.js';
import { COUNTRY_STATISTICS } from './country.query.js';
import { NEAREST_CITIES } from './nearest.query.js';
import { escapeLike, SEARCH_CITIES } from './search.query.js';

const BIGGEST = 10;

interface CountryRow {
  readonly cities: number;
  readonly population: number;
  readonly percentiles: readonly [number, number, number];
  readonly halves: number;
  readonly biggest: readonly RankedCity[];
}

/** Queries the database for cities, through the caches. */
@Injectable()
export class CitiesService {
  private readonly countryNames = new Intl.DisplayNames('en', { type: 'region' });

  constructor(
    @Inject(Caches) private readonly caches: Caches,
    @Inject(Database) private readonly database: Database,
  ) {}

  nearest(point: GeoPoint, limit: number): Promise<CachedAnswer<readonly NearCity[]>> {
    return this.cached(this.caches.root, nearestKey(point, limit), () =>
      this.database.query<NearCity>(NEAREST_CITIES, [point.lat, point.lon, limit]),
    );
  }

  /** Null: no city has this country code. */
  country(code: string): Promise<CachedAnswer<CountryStatistics | null>> {
    return this.cached(this.caches.countries, code, async () => {
      const [row] = await this.database.query<CountryRow>(COUNTRY_STATISTICS, [code, BIGGEST]);
      return row === undefined || row.cities === 0 ? null : this.statistics(code, row);
    });
  }

  /** `text` is folded. */
  search(text: string, limit: number): Promise<CachedAnswer<SearchResult>> {
    return this.cached(this.caches.searches, searchKey(text, limit), async () => {
      const rows = await this.database.query<City & { total: number }>(SEARCH_CITIES, [text, escapeLike(text), limit]);
      return { total: rows[0]?.total ?? 0, cities: rows.map(({ total: _, ...city }) => city) };
    });
  }

  /** Stores the creation time with the value: a value created after the request began, but by another load, was shared. */
  private async cached<T>(cache: CacheService, key: string, load: () => Promise<T>): Promise<CachedAnswer<T>> {
    const requestedAt = Date.now();
    let own = false;
    const { body, madeAt } = await cache.getOrSet(
      key,
      async () => {
        own = true;
        return { body: await load(), madeAt: Date.now() };
      },
      { ttl: '10m' },
    );
    return {
      body,
      outcome: own ? 'MISS' : madeAt > requestedAt ? 'SHARED' : 'HIT',
      ageMs: Math.max(0, Date.now() - madeAt),
    };
  }

  private statistics(code: string, { percentiles, halves, ...row }: CountryRow): CountryStatistics {
    const [median, percentile90, percentile99] = percentiles.map(Math.round) as [number, number, number];
    const { cities, population, biggest } = row;
    return {
      country: code,
      name: this.countryNames.of(code) ?? code,
      cities,
      population,
      median,
      percentile90,
      percentile99,
      citiesWithHalfThePeople: halves,
      biggest,
    };
  }
}
