import { Test } from '@nestjs/testing';
import { CacheService, RateLimiter, RedisAdapter } from 'nestjs-redis-infra';
import * as core from 'nestjs-redis-infra/core';
import { RedisServer } from 'nestjs-redis-infra/testing';
import { overrideRedis, RedisTestingModule, TestClock } from 'nestjs-redis-infra/testing/nest';
import { AppModule, CitiesService, expectedReport, runApplication } from './app';

test('the application caches and limits in memory', async () => {
  expect(await runApplication('memory://')).toEqual(expectedReport('memory'));
});

test('the application caches and limits in Redis', async () => {
  const server = await RedisServer.start();
  try {
    expect(await runApplication(server.url)).toEqual(expectedReport('standalone'));
  } finally {
    await server.stop();
  }
});

test('a unit test replaces the connection by the store in memory', async () => {
  const module = await Test.createTestingModule({ imports: [AppModule.connectedTo('redis://127.0.0.1:1')] })
    .overrideProvider(RedisAdapter)
    .useFactory({ factory: () => new RedisAdapter('memory://') })
    .compile();
  const cities = module.get(CitiesService);
  expect(await Promise.all([cities.find('bern'), cities.find('bern')])).toEqual(['CITY:BERN', 'CITY:BERN']);
  expect(module.get(CacheService).stats().loads).toBe(1);
  await module.close();
});

test('a class of both entries is one class', () => {
  expect([core.CacheService, core.RateLimiter]).toEqual([CacheService, RateLimiter]);
});

test('a test replaces Redis by the store in memory, and moves the time', async () => {
  const clock = new TestClock();
  const builder = Test.createTestingModule({ imports: [AppModule.connectedTo('redis://127.0.0.1:1')] });
  const module = await overrideRedis(builder, { clock }).compile();
  const cache = module.get(CacheService);
  await cache.set('k', 'text', '1m');
  expect(await cache.get('k')).toBe('text');
  clock.advance('2m');
  expect(await cache.get('k')).toBeUndefined();
  await module.close();
});

test('a part of an application runs on RedisTestingModule', async () => {
  const module = await Test.createTestingModule({
    imports: [RedisTestingModule.forRoot()],
    providers: [CitiesService],
  }).compile();
  expect(await module.get(CitiesService).find('bern')).toBe('CITY:BERN');
  await module.close();
});
