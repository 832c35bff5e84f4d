import { Test } from '@nestjs/testing';
import { CacheService, RateLimiter, RedisAdapter } from 'nestjs-redis-infra';
import * as core from 'nestjs-redis-infra/core';
import { overrideRedis, RedisTestingModule, TestClock } from 'nestjs-redis-infra/testing/nest';
import type { Check } from './application.checks.js';

/** Nothing listens on this port. */
const UNAVAILABLE = 'redis://127.0.0.1:1';

/** What the tests of an application do, for the test runner of each consumer. */
export function testingChecks({ AppModule, CitiesService }: typeof import('./app.js')): readonly Check[] {
  return [
    {
      name: 'a unit test replaces the connection by the store in memory',
      async run() {
        const module = await Test.createTestingModule({ imports: [AppModule.connectedTo(UNAVAILABLE)] })
          .overrideProvider(RedisAdapter)
          .useFactory({ factory: () => new RedisAdapter('memory://') })
          .compile();
        const cities = module.get(CitiesService);
        const found = await Promise.all([cities.find('bern'), cities.find('bern')]);
        const { loads } = module.get(CacheService).stats();
        await module.close();
        return { found, loads };
      },
      expected: { found: ['CITY:BERN', 'CITY:BERN'], loads: 1 },
    },
    {
      name: 'a class of both entries is one class',
      run: async () => [core.CacheService === CacheService, core.RateLimiter === RateLimiter],
      expected: [true, true],
    },
    {
      name: 'a test replaces Redis by the store in memory, and moves the time',
      async run() {
        const clock = new TestClock();
        const builder = Test.createTestingModule({ imports: [AppModule.connectedTo(UNAVAILABLE)] });
        const module = await overrideRedis(builder, { clock }).compile();
        const cache = module.get(CacheService);
        await cache.set('k', 'text', '1m');
        const before = await cache.get('k');
        clock.advance('2m');
        const after = await cache.get('k');
        await module.close();
        return [before, after];
      },
      expected: ['text', undefined],
    },
    {
      name: 'a part of an application runs on RedisTestingModule',
      async run() {
        const module = await Test.createTestingModule({
          imports: [RedisTestingModule.forRoot()],
          providers: [CitiesService],
        }).compile();
        const found = await module.get(CitiesService).find('bern');
        await module.close();
        return found;
      },
      expected: 'CITY:BERN',
    },
  ];
}
