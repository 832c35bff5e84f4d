import { CacheModule } from '@nestjs/cache-manager';
import { Module } from '@nestjs/common';
import { RedisAdapter } from 'nestjs-redis-infra';
import { KeyvStore } from 'nestjs-redis-infra/keyv';
import { CountriesController } from './countries.controller.js';

const TTL_MS = 600_000;

/** Shows that code for `@nestjs/cache-manager` runs on the connection of this package: only the store is ours. */
@Module({
  imports: [
    CacheModule.registerAsync({
      inject: [RedisAdapter],
      useFactory: (redis: RedisAdapter) => ({ stores: [new KeyvStore(redis)], ttl: TTL_MS }),
    }),
  ],
  controllers: [CountriesController],
})
export class CountriesModule {}
