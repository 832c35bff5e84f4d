import { Module } from '@nestjs/common';
import { ThrottlerModule } from '@nestjs/throttler';
import { RedisThrottlerStorage } from 'nestjs-redis-infra/throttler';
import { RandomCityController } from './random-city.controller.js';
import { DemoStore } from '../store/demo.store.js';

/** Per client address. */
const LIMIT = { limit: 5, ttl: 60_000 };

/** Shows that code for `@nestjs/throttler` runs on the connection of this package: only the storage is ours. */
@Module({
  imports: [
    ThrottlerModule.forRootAsync({
      inject: [DemoStore],
      useFactory: ({ store }: DemoStore) => ({ throttlers: [LIMIT], storage: new RedisThrottlerStorage(store) }),
    }),
  ],
  controllers: [RandomCityController],
})
export class RandomCityModule {}
