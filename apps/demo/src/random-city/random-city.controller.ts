import { Controller, Get, Inject, NotFoundException, UseGuards } from '@nestjs/common';
import { ThrottlerGuard } from '@nestjs/throttler';
import type { City } from '../cities/city.models.js';
import { Database } from '../database/database.js';

/** One city at random. */
const RANDOM_CITY = `
  SELECT id, name, country, population, lat, lon
  FROM cities
  ORDER BY random()
  LIMIT 1`;

/** A city at random, which cannot be cached, limited by the guard of `@nestjs/throttler`. */
@Controller()
@UseGuards(ThrottlerGuard)
export class RandomCityController {
  constructor(@Inject(Database) private readonly database: Database) {}

  @Get('cities/random')
  async random(): Promise<City> {
    const [city] = await this.database.query<City>(RANDOM_CITY);
    if (city === undefined) throw new NotFoundException('The database has no city');
    return city;
  }
}
