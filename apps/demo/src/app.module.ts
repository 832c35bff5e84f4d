import { type DynamicModule, Module } from '@nestjs/common';
import { RedisModule } from 'nestjs-redis-infra';
import { AboutController } from './about/about.controller.js';
import { CacheController } from './cache/cache.controller.js';
import { CitiesModule } from './cities/cities.module.js';
import { DatabaseModule } from './database/database.module.js';
import type { DemoOptions } from './demo.options.js';
import { ConnectionDrain } from './http/connection.drain.js';

@Module({
  imports: [RedisModule.forRoot({ connection: process.env.REDIS_URL, keyPrefix: 'places:' }), CitiesModule],
  controllers: [AboutController, CacheController],
  providers: [ConnectionDrain],
})
export class AppModule {
  static register({ data }: DemoOptions): DynamicModule {
    return { module: AppModule, imports: [DatabaseModule.forRoot({ directory: data })] };
  }
}
