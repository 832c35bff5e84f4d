import { Controller, Get, Headers, Inject } from '@nestjs/common';
import { RedisAdapter } from 'nestjs-redis-infra';
import { Database } from '../database/database.js';

const ENDPOINTS = [
  { path: '/cities/nearest?lat=48.86&lon=2.35&limit=5', what: 'the cities nearest to a point' },
  { path: '/countries/JP/cities', what: 'the cities of a country, in numbers; stored compressed' },
  {
    path: '/cities/search?q=san%20jose',
    what: 'cities with a text in their name; stored sealed, limited per address',
  },
  { path: '/cache/stats', what: 'what the caches have done since the start; DELETE /cache empties them' },
  { path: '/health', what: 'how the connection to Redis is; stop Redis under load and look again' },
  { path: '/demo/raw', what: 'what is stored, and how' },
  { path: '/demo/raw/cache:countries::JP', what: 'a stored value, byte by byte' },
];

/** Says what this application is and what to ask it. */
@Controller()
export class AboutController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(RedisAdapter) private readonly redis: RedisAdapter,
  ) {}

  @Get()
  about(@Headers('host') host = 'localhost') {
    const { mode, state } = this.redis.status();
    return {
      name: 'Places on Earth',
      what: 'Slow queries on a real database, with a cache in front; the X-Cache header says which of the two answered.',
      cities: this.database.cities,
      store: { mode, state },
      endpoints: ENDPOINTS.map(({ path, what }) => ({ url: `http://${host}${path}`, what })),
    };
  }
}
