import { type DynamicModule, Module } from '@nestjs/common';
import { PrometheusModule } from '@willsoto/nestjs-prometheus';
import { RedisModule } from 'nestjs-redis-infra';
import { RedisMetricsModule } from 'nestjs-redis-infra/prometheus';
import { AboutController } from './about/about.controller.js';
import { CachesModule } from './cache/caches.module.js';
import type { CachesOptions } from './cache/caches.options.js';
import { CitiesModule } from './cities/cities.module.js';
import { CountriesModule } from './countries/countries.module.js';
import { SEARCH_LIMITS } from './cities/search.limits.js';
import { CleanupModule } from './cleanup/cleanup.module.js';
import { DatabaseModule } from './database/database.module.js';
import type { DemoOptions } from './demo.options.js';
import { ExtremesModule } from './extremes/extremes.module.js';
import { HealthModule } from './health/health.module.js';
import { HemispheresModule } from './hemispheres/hemispheres.module.js';
import { ConnectionDrain } from './http/connection.drain.js';
import { LoadsModule } from './loads/loads.module.js';
import { OutageModule } from './outage/outage.module.js';
import { RandomCityModule } from './random-city/random-city.module.js';
import { RawModule } from './raw/raw.module.js';
import type { LocalShards } from './shards/local.shards.js';
import { ShardsModule } from './shards/shards.module.js';
import { StampedeModule } from './stampede/stampede.module.js';
import { StoreModule } from './store/store.module.js';

@Module({
  imports: [
    StoreModule,
    CitiesModule,
    CountriesModule,
    ExtremesModule,
    HealthModule,
    HemispheresModule,
    StampedeModule,
    RandomCityModule,
    LoadsModule,
    OutageModule,
    RawModule,
    CleanupModule,
  ],
  controllers: [AboutController],
  providers: [ConnectionDrain],
})
export class AppModule {
  static register({ data }: DemoOptions, caches: CachesOptions, shards?: LocalShards): DynamicModule {
    return {
      module: AppModule,
      imports: [
        RedisModule.forRoot({
          ...(shards === undefined ? { connection: process.env.REDIS_URL } : { shards: shards.options }),
          keyPrefix: 'places:',
          // Copies in the memory of the process, which Redis keeps up to date: a read of one sends no command.
          cache: { near: { maxBytes: '32mb' } },
          // A dry run: it reports what it would remove.
          cleanup: { schedule: '1h' },
          rateLimit: { policies: SEARCH_LIMITS },
        }),
        // Serves /metrics. The metrics of the process are off: the tests start the application several times.
        PrometheusModule.register({ defaultMetrics: { enabled: false } }),
        RedisMetricsModule.forRoot(),
        DatabaseModule.forRoot({ directory: data }),
        CachesModule.forRoot(caches),
        ShardsModule.forRoot(shards),
      ],
    };
  }
}
