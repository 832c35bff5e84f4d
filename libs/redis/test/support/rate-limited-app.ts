import type { INestApplication, ModuleMetadata } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import { afterEach } from 'vitest';
import { RedisModule, type RateLimitOptions, type RedisModuleOptions } from '../../src/index.js';

export type Platform = 'express' | 'fastify';

export interface AppOptions extends ModuleMetadata {
  readonly platform: Platform;
  readonly rateLimit?: RateLimitOptions;
  /** The options of the unnamed instance. With undefined there is none. @default the embedded store */
  readonly redis?: RedisModuleOptions | undefined;
  /** Trusts a proxy on this machine. */
  readonly trustProxy?: boolean;
  readonly prepare?: (app: INestApplication) => void;
}

export interface RateLimitedApp {
  readonly app: INestApplication;
  readonly url: string;
  readonly ask: (path: string, init?: RequestInit) => Promise<Response>;
  /** Sends `count` requests in sequence and resolves with their statuses. */
  readonly statuses: (count: number, path: string, init?: RequestInit) => Promise<number[]>;
}

let apps: INestApplication[] = [];
let prefixes = 0;

/** Starts applications on free ports, and stops them after each test. */
export function appsPerTest(): (options: AppOptions) => Promise<RateLimitedApp> {
  afterEach(async () => {
    const started = apps;
    apps = [];
    for (const app of started) await app.close();
  });
  return start;
}

async function start(options: AppOptions): Promise<RateLimitedApp> {
  const { platform, rateLimit, trustProxy, prepare, redis, ...metadata } = {
    redis: { connection: 'memory://' },
    ...options,
  };
  const { imports = [], ...rest } = metadata;
  // A separate prefix for each application, because tests share a server.
  const keyPrefix = `app${process.pid}-${prefixes++}:`;
  const own = redis === undefined ? [] : [RedisModule.forRoot({ keyPrefix, ...redis, rateLimit })];
  const module = await Test.createTestingModule({ ...rest, imports: [...own, ...imports] }).compile();
  const app =
    platform === 'express'
      ? module.createNestApplication<NestExpressApplication>()
      : module.createNestApplication<NestFastifyApplication>(
          new FastifyAdapter(trustProxy === true ? { trustProxy: 'loopback' } : {}),
        );
  if (platform === 'express' && trustProxy === true) (app as NestExpressApplication).set('trust proxy', 'loopback');
  apps.push(app);
  prepare?.(app);
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  const ask = (path: string, init?: RequestInit): Promise<Response> => fetch(url + path, init);
  return {
    app,
    url,
    ask,
    async statuses(count, path, init) {
      const statuses: number[] = [];
      for (let i = 0; i < count; i++) statuses.push((await ask(path, init)).status);
      return statuses;
    },
  };
}
