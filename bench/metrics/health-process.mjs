// An application with the health endpoints of the guide, whose Redis is required, under a little load.
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { CacheService, RedisModule } from '../../libs/redis/dist/esm/index.js';
import { RedisHealthIndicator, RedisHealthModule } from '../../libs/redis/dist/esm/terminus.js';
import { serve } from '../harness/served-process.mjs';

// Terminus and its Nest are those of the workspace: the copy of Nest that the peers use has other tokens.
const ofWorkspace = createRequire(new URL('../../package.json', import.meta.url));
const { Controller, Get, Inject, Module } = ofWorkspace('@nestjs/common');
const { NestFactory } = ofWorkspace('@nestjs/core');
const { HealthCheckService, TerminusModule } = ofWorkspace('@nestjs/terminus');

const PAUSE_MS = 10;

class HealthController {
  constructor(health, redis) {
    Object.assign(this, { health, redis });
  }

  live() {
    return this.health.check([() => this.redis.live('redis')]);
  }

  ready() {
    return this.health.check([() => this.redis.ready('redis')]);
  }
}
Controller('health')(HealthController);
Inject(HealthCheckService)(HealthController, undefined, 0);
Inject(RedisHealthIndicator)(HealthController, undefined, 1);
for (const name of ['live', 'ready'])
  Get(name)(HealthController.prototype, name, Object.getOwnPropertyDescriptor(HealthController.prototype, name));

class BenchModule {}

let cache;
let url;

async function load() {
  for (let call = 0; ; call++) {
    await cache.set(`bench:${call % 10}`, call, '1m').catch(() => {});
    await sleep(PAUSE_MS);
  }
}

async function ask(path) {
  const start = performance.now();
  const response = await fetch(`${url}/health/${path}`);
  await response.arrayBuffer();
  return { code: response.status, ms: performance.now() - start };
}

serve({
  async open({ redisUrl }) {
    Module({
      imports: [
        RedisModule.forRoot({ connection: redisUrl }),
        TerminusModule.forRoot({ logger: false }),
        RedisHealthModule.forRoot({ required: true }),
      ],
      controllers: [HealthController],
    })(BenchModule);
    const app = await NestFactory.create(BenchModule, { logger: false, abortOnError: false });
    await app.listen(0, '127.0.0.1');
    url = await app.getUrl();
    cache = app.get(CacheService);
    void load();
  },
  /** Asks both endpoints for a time, and returns the durations and the status codes. */
  async watch({ forMs, everyMs }) {
    const found = { live: [], ready: [] };
    for (const end = performance.now() + forMs; performance.now() < end; await sleep(everyMs)) {
      const [live, ready] = await Promise.all([ask('live'), ask('ready')]);
      found.live.push(live);
      found.ready.push(ready);
    }
    return found;
  },
  /** The time until `ready` answers with the code, in milliseconds; the first answer that was asked for after the call. */
  async until({ code, withinMs }) {
    const start = performance.now();
    while (performance.now() - start < withinMs) {
      if ((await ask('ready')).code === code) return performance.now() - start;
      await sleep(5);
    }
    throw new Error(`ready did not answer ${code} within ${withinMs} ms`);
  },
});
