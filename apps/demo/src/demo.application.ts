import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { RedisConfig } from 'nestjs-redis-infra';
import { AppModule } from './app.module.js';
import { demoSecret } from './cache/demo.secret.js';
import type { DemoOptions } from './demo.options.js';
import { createHttpAdapter } from './http/http.adapter.js';
import { probePort } from './http/port.probe.js';
import { StartError } from './start.error.js';
import { LocalShards } from './shards/local.shards.js';
import { ShardsService } from './shards/shards.service.js';
import { startMessage } from './start.message.js';
import { DemoStore } from './store/demo.store.js';

/** Starts the application, and prints its url and example requests. @throws StartError */
export async function startDemo(options: DemoOptions): Promise<INestApplication> {
  checkRedisSettings();
  const secret = demoSecret(process.env.DEMO_SECRET);
  await probePort(options);
  const shards = options.shards ? await LocalShards.start() : undefined;
  const app = await NestFactory.create(
    AppModule.register(options, { secret }, shards),
    await createHttpAdapter(options.fastify),
    {
      logger: ['warn', 'error', 'fatal'],
      abortOnError: false,
    },
  );
  app.enableShutdownHooks(['SIGINT', 'SIGTERM', 'SIGHUP'], { useProcessExit: true });
  await app.listen(options.port, options.host);
  // From here on, log also when Redis goes up or down.
  app.useLogger(['log', 'warn', 'error', 'fatal']);
  const { mode } = app.get(DemoStore);
  const facts = { url: await app.getUrl(), framework: options.fastify ? 'Fastify' : 'Express', mode };
  console.log(startMessage(facts, shards === undefined ? undefined : app.get(ShardsService)));
  return app;
}

/** Checks the settings before Nest does, which would print a stack trace. */
function checkRedisSettings(): void {
  try {
    RedisConfig.fromEnv();
  } catch (error) {
    throw new StartError(`The Redis settings in the environment cannot be used: ${(error as Error).message}.`);
  }
}
