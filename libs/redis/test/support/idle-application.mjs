// Runs on the built package. A Nest application with the module only: node idle-application.mjs <url> close|nothing
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CacheService, RedisAdapter, RedisModule } from 'nestjs-redis-infra';

const LIMIT_MS = 1000;
const [url, stop] = process.argv.slice(2);

class AppModule {}
Module({ imports: [RedisModule.forRoot({ connection: url, cache: { near: true } })] })(AppModule);

const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
const cache = app.get(CacheService);
await cache.getOrSet('key', () => 'value');
// A load that never ends is running when the application closes.
if (stop === 'close') cache.getOrSet('hangs', () => new Promise(() => {})).catch(() => {});
// Not awaited, so that a command is in flight.
cache.set('other', 'value').catch(() => {});
console.log(`ready ${app.get(RedisAdapter).status().state}`);
if (stop === 'close') {
  await new Promise((resolve) => process.stdin.once('data', resolve));
  // Rejects with CLOSED if the copy is gone and close() is faster.
  cache.get('key').catch(() => {});
  const start = performance.now();
  await app.close();
  const ms = performance.now() - start;
  console.log(ms < LIMIT_MS ? 'closed in time' : `closed after ${ms} ms`);
}
process.stdin.destroy();
