import { Controller, Get, Injectable, Module, Param, UseGuards, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  CacheService,
  RateLimit,
  RateLimitGuard,
  RedisAdapter,
  RedisInfraError,
  RedisModule,
  type CacheStats,
} from 'nestjs-redis-infra';

@Injectable()
export class CitiesService {
  // Without @Inject, as most applications write it: TypeScript emits the type.
  constructor(private readonly cache: CacheService) {}

  find(name: string): Promise<string> {
    return this.cache.getOrSet(`city:${name}`, async ({ key }) => key.toUpperCase(), { ttl: '10m' });
  }
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

@Module({ controllers: [CitiesController], providers: [CitiesService] })
export class AppModule {
  static connectedTo(connection: string): DynamicModule {
    return { module: AppModule, imports: [RedisModule.forRoot({ connection })] };
  }
}

export interface Report {
  readonly mode: string;
  readonly loads: CacheStats['loads'];
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
  const report: Report = {
    mode: redis.mode,
    loads: app.get(CacheService).stats().loads,
    statuses: responses.map(({ status }) => status),
    text: await first?.text(),
    contentType: refused?.headers.get('content-type') ?? null,
    violated: problem['violated-policies'],
    code: error instanceof RedisInfraError ? error.code : undefined,
  };
  await app.close();
  return report;
}

/** What every application has to report. */
export function expectedReport(mode: string): Report {
  return {
    mode,
    loads: 1,
    statuses: [200, 200, 429],
    text: 'CITY:BERN',
    contentType: 'application/problem+json; charset=utf-8',
    violated: ['/cities'],
    code: 'KEY_INVALID',
  };
}
