import { Controller, Get, Inject, UseInterceptors } from '@nestjs/common';
import { HttpCache, HttpCacheInterceptor } from 'nestjs-redis-infra';
import { Database } from '../database/database.js';
import { HEMISPHERES, type Hemisphere } from './hemispheres.query.js';

/** The cities by hemisphere. The responses are cached, with ETag and 304. */
@Controller('hemispheres')
@UseInterceptors(HttpCacheInterceptor)
export class HemispheresController {
  constructor(@Inject(Database) private readonly database: Database) {}

  @Get()
  @HttpCache({ ttl: '10m', staleWhileRevalidate: '1h' })
  async list(): Promise<readonly Hemisphere[]> {
    return this.database.query<Hemisphere>(HEMISPHERES);
  }
}
