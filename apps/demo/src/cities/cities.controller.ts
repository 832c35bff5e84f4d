import { BadRequestException, Controller, Get, Inject, Param, Query, UseGuards, UseInterceptors } from '@nestjs/common';
import { RateLimit, RateLimitGuard } from 'nestjs-redis-infra';
import { CachedAnswerInterceptor } from '../http/cached-answer.interceptor.js';
import type { CachedAnswer } from '../http/cached-answer.js';
import { CountryCodePipe } from '../http/country-code.pipe.js';
import { NumberPipe } from '../http/number.pipe.js';
import { SearchTextPipe } from '../http/search-text.pipe.js';
import { CitiesService } from './cities.service.js';
import type { CountryStatistics, NearCity, SearchResult } from './city.models.js';
import { roundPoint } from './geo-point.js';
import { foldName } from './name.folding.js';

const LATITUDE = new NumberPipe({ min: -90, max: 90 });
const LONGITUDE = new NumberPipe({ min: -180, max: 180 });
const LIMIT = new NumberPipe({ min: 1, max: 100, whole: true, default: 10 });
const MAX_FOLDED_LENGTH = 64;

/** The endpoints for cities. */
@Controller()
@UseInterceptors(CachedAnswerInterceptor)
export class CitiesController {
  constructor(@Inject(CitiesService) private readonly cities: CitiesService) {}

  @Get('cities/nearest')
  nearest(
    @Query('lat', LATITUDE) lat: number,
    @Query('lon', LONGITUDE) lon: number,
    @Query('limit', LIMIT) limit: number,
  ): Promise<CachedAnswer<readonly NearCity[]>> {
    return this.cities.nearest(roundPoint({ lat, lon }), limit);
  }

  @Get('cities/search')
  @UseGuards(RateLimitGuard)
  @RateLimit('search-burst', 'search-hour')
  async search(
    @Query('q', SearchTextPipe) q: string,
    @Query('limit', LIMIT) limit: number,
  ): Promise<CachedAnswer<SearchResult>> {
    const text = foldName(q);
    // Folding turns some characters into several, and some into none.
    if (text === '' || text.length > MAX_FOLDED_LENGTH)
      throw new BadRequestException('q must contain letters or digits that a name can contain');
    return this.cities.search(text, limit);
  }

  @Get('countries/:code/cities')
  country(@Param('code', CountryCodePipe) code: string): Promise<CachedAnswer<CountryStatistics | null>> {
    return this.cities.country(code);
  }
}
