import { CacheInterceptor } from '@nestjs/cache-manager';
import { Controller, Get, Inject, UseInterceptors } from '@nestjs/common';
import { Database } from '../database/database.js';
import { COUNTRIES, type CountrySize } from './countries.query.js';

/** The list of countries, cached by the interceptor of `@nestjs/cache-manager`. */
@Controller()
@UseInterceptors(CacheInterceptor)
export class CountriesController {
  constructor(@Inject(Database) private readonly database: Database) {}

  @Get('countries')
  list(): Promise<readonly CountrySize[]> {
    return this.database.query<CountrySize>(COUNTRIES);
  }
}
