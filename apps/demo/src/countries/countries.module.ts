import { CacheModule } from '@nestjs/cache-manager';
import { Module } from '@nestjs/common';
import { KeyvStore } from 'nestjs-redis-infra/keyv';
import { CountriesController } from './countries.controller.js';
import { DemoStore } from '../store/demo.store.js';

const TTL_MS = 600_000;

/** Shows that code for `@nestjs/cache-manager` runs on the connection of this package: only the store is ours. */
@Module({
  imports: [
    CacheModule.registerAsync({
      inject: [DemoStore],
      useFactory: ({ store }: DemoStore) => ({ stores: [new KeyvStore(store)], ttl: TTL_MS }),
    }),
  ],
  controllers: [CountriesController],
})
export class CountriesModule {}
