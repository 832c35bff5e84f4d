import { Controller, Delete, Get, Inject, NotFoundException, Param, UseFilters } from '@nestjs/common';
import { CountryCodePipe } from '../http/country-code.pipe.js';
import { RedisErrorFilter } from '../http/redis-error.filter.js';
import type { ExtremeCities } from './extremes.query.js';
import { ExtremesService } from './extremes.service.js';

/** The cities of a country that are farthest in each direction, cached by the decorators of the service. */
@Controller('countries/:code/extremes')
@UseFilters(RedisErrorFilter)
export class ExtremesController {
  constructor(@Inject(ExtremesService) private readonly extremes: ExtremesService) {}

  @Get()
  async find(@Param('code', CountryCodePipe) code: string): Promise<ExtremeCities> {
    const found = await this.extremes.find(code);
    if (found === null) throw new NotFoundException('Not found');
    return found;
  }

  @Delete()
  forget(@Param('code', CountryCodePipe) code: string): Promise<{ readonly forgotten: string }> {
    return this.extremes.forget(code);
  }
}
