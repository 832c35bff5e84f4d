import {
  Controller,
  Get,
  Injectable,
  Module,
  Param,
  UseGuards,
  UseInterceptors,
  type DynamicModule,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  Cacheable,
  CacheEvict,
  CacheService,
  HttpCache,
  HttpCacheInterceptor,
  RateLimit,
  RateLimitGuard,
  RedisAdapter,
  RedisInfraError,
  RedisModule,
  type CacheStats,
} from 'nestjs-redis-infra';

@Injectable()
export class CitiesService {
  queries = 0;

  // Without @Inject, as most applications write it: TypeScript emits the type.
  constructor(private readonly cache: CacheService) {}

  find(name: string): Promise<string> {
    return this.cache.getOrSet(`city:${name}`, async ({ key }) => key.toUpperCase(), { ttl: '10m' });
  }

  @Cacheable({ key: 'country:{0}', ttl: '10m', tags: ['countries'] })
  async country(code: string): Promise<string> {
    this.queries++;
    return code.toUpperCase();
  }

  @CacheEvict({ tags: ['countries'] })
  async importCountries(): Promise<void> {}
}

@UseGuards(RateLimitGuard)
@RateLimit({ limit: 2, window: '1m' })
@Controller('cities')
export class CitiesController {
  constructor(private readonly cities: CitiesService) {}

  @Get(':name')
  one(@Param('name') name: string): Promise<string> {
    return this.cities.find(name);
  }
}

@UseInterceptors(HttpCacheInterceptor)
@HttpCache({ ttl: '1m' })
@Controller('countries')
export class CountriesController {
  constructor(private readonly cities: CitiesService) {}

  @Get(':code')
  one(@Param('code') code: string): Promise<string> {
    return this.cities.country(code);
  }
}

@Module({ controllers: [CitiesController, CountriesController], providers: [CitiesService] })
export class AppModule {
  static connectedTo(connection: string): DynamicModule {
    return { module: AppModule, imports: [RedisModule.forRoot({ connection })] };
  }
}

export interface Report {
  readonly mode: string;
  readonly loads: CacheStats['loads'];
  /** The runs of the cached method: before its tag was invalidated, and after it. */
  readonly queries: readonly [number, number];
  /** The header `X-Cache` of two responses of the cached handler. */
  readonly cached: readonly (string | null)[];
  readonly statuses: readonly number[];
  readonly text: string | undefined;
  readonly contentType: string | null;
  readonly violated: unknown;
  readonly code: string | undefined;
}

/** Starts the application, sends three requests, stops it, and returns what was seen. */
export async function runApplication(connection: string): Promise<Report> {
  const app = await NestFactory.create(AppModule.connectedTo(connection), { logger: ['error', 'warn'] });
  await app.listen(0, '127.0.0.1');
  const redis = app.get(RedisAdapter);
  await redis.connect();
  const url = `${await app.getUrl()}/cities/bern`;
  const responses = [await fetch(url), await fetch(url), await fetch(url)];
  const [first, , refused] = responses;
  const problem = (await refused?.json()) as { readonly 'violated-policies'?: unknown };
  const error: unknown = await redis.set('', 1).catch((reason: unknown) => reason);
  const { loads } = app.get(CacheService).stats();
  const report: Report = {
    mode: redis.mode,
    loads,
    queries: await countQueries(app.get(CitiesService)),
    cached: await cacheHeaders(`${await app.getUrl()}/countries/ch`),
    statuses: responses.map(({ status }) => status),
    text: await first?.text(),
    contentType: refused?.headers.get('content-type') ?? null,
    violated: problem['violated-policies'],
    code: error instanceof RedisInfraError ? error.code : undefined,
  };
  await app.close();
  return report;
}

async function countQueries(cities: CitiesService): Promise<[number, number]> {
  for (let i = 0; i < 2; i++) await cities.country('de');
  const before = cities.queries;
  await cities.importCountries();
  await cities.country('de');
  return [before, cities.queries];
}

async function cacheHeaders(url: string): Promise<(string | null)[]> {
  return [await fetch(url), await fetch(url)].map(({ headers }) => headers.get('x-cache'));
}

/** What every application has to report. */
export function expectedReport(mode: string): Report {
  return {
    mode,
    loads: 1,
    queries: [1, 2],
    cached: ['MISS', 'HIT'],
    statuses: [200, 200, 429],
    text: 'CITY:BERN',
    contentType: 'application/problem+json; charset=utf-8',
    violated: ['/cities'],
    code: 'KEY_INVALID',
  };
}
