import { Controller, Get, Headers, Inject } from '@nestjs/common';
import { Database } from '../database/database.js';
import { DemoStore } from '../store/demo.store.js';

const ENDPOINTS = [
  { path: '/cities/nearest?lat=48.86&lon=2.35&limit=5', what: 'the cities nearest to a point' },
  {
    path: '/cities/stampede?callers=200',
    what: 'reads one absent key by 200 callers at the same time, and counts the queries: one; with the same &round=name in two processes on one Redis, one for both',
  },
  {
    path: '/countries/JP/extremes',
    what: 'the cities farthest north, south, east and west; cached by @Cacheable, DELETE removes it by its tag',
  },
  { path: '/hemispheres', what: 'the cities by hemisphere; the response is cached by HttpCacheInterceptor, with ETag' },
  { path: '/countries', what: 'the countries by population; cached by @nestjs/cache-manager on our store' },
  {
    path: '/cities/random',
    what: 'a city at random; limited by @nestjs/throttler on our storage: 5 a minute per address',
  },
  { path: '/countries/JP/cities', what: 'statistics of the cities of a country; stored compressed' },
  {
    path: '/cities/search?q=san%20jose',
    what: 'cities whose name contains a text; stored sealed, rate limited per address',
  },
  { path: '/cache/stats', what: 'hits, misses and errors of the caches since the start; DELETE /cache empties them' },
  {
    path: '/cache/loads',
    what: 'what the caches load in all demo processes on this Redis, as server-sent events over ioredis clients of createClient(); not on the embedded store',
  },
  {
    path: '/outage',
    what: 'the copies and the journal for an outage; POST begins one by hand, DELETE ends it; not on the embedded store',
  },
  {
    path: '/shards',
    what: 'the state of each shard, and the shard and the slot of stored keys; DELETE /shards/eu-2 stops a server, POST starts it; only with npm run demo:shards',
  },
  { path: '/health', what: 'the health of Redis in detail; stop Redis under load and look again' },
  { path: '/health/ready', what: 'for a readiness probe: degraded without Redis, with status 200' },
  { path: '/health/live', what: 'for a liveness probe: does not look at Redis' },
  { path: '/metrics', what: 'metrics for Prometheus' },
  {
    path: '/cleanup',
    what: 'what a cleanup of Redis would remove: entries left by invalidations, keys that never expire',
  },
  { path: '/demo/raw', what: 'the stored values, with their codec' },
  { path: '/demo/raw/cache:countries::JP', what: 'a stored value, byte by byte' },
];

/** Describes the application and lists its endpoints. */
@Controller()
export class AboutController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(DemoStore) private readonly demo: DemoStore,
  ) {}

  @Get()
  about(@Headers('host') host = 'localhost') {
    const { mode, state } = this.demo;
    return {
      name: 'Places on Earth',
      what: 'Slow queries on a real database, with a cache in front. The header X-Cache shows whether a response came from the cache.',
      cities: this.database.cities,
      store: { mode, state },
      endpoints: ENDPOINTS.map(({ path, what }) => ({ url: `http://${host}${path}`, what })),
    };
  }
}
