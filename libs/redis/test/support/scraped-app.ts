import type { TestingModule } from '@nestjs/testing';
import { RedisMetricsModule } from 'nestjs-redis-infra/prometheus';
import { Registry } from 'prom-client';
import { RedisModule, type RedisModuleOptions } from '../../src/index.js';
import type { BootedApps } from './booted-apps.js';
import { valueOf } from './exposition.js';

/** An application whose metrics a test reads. */
export interface ScrapedApp {
  readonly app: TestingModule;
  readonly registry: Registry;
  /** The value of one sample now; undefined if there is none. */
  read(name: string, labels?: Readonly<Record<string, string>>): Promise<number | undefined>;
}

/** Boots an application with one instance and its metrics in a registry of its own. */
export async function scrapedApp(apps: BootedApps, options: RedisModuleOptions): Promise<ScrapedApp> {
  const registry = new Registry();
  const app = await apps.boot(RedisModule.forRoot(options), RedisMetricsModule.forRoot({ registry }));
  return { app, registry, read: async (name, labels) => valueOf(await registry.metrics(), name, labels) };
}
