import type { INestApplication, ModuleMetadata, Type } from '@nestjs/common';
import { CacheService, type RedisModuleOptions } from '../../../src/index.js';
import { deferred } from '../cache.js';
import { eventually } from '../eventually.js';
import { appsPerTest, type Platform, type RateLimitedApp } from '../rate-limited-app.js';

/** The framework and the store of a suite. */
export interface Setting {
  readonly platform: Platform;
  readonly redis: () => RedisModuleOptions;
}

interface CachedAppOptions extends Pick<ModuleMetadata, 'imports' | 'providers'> {
  readonly prepare?: (app: INestApplication) => void;
}

/** Starts applications with controllers on a framework and a store, and closes them after each test. */
export function cachedApps(
  setting: Setting,
): (controllers: readonly Type[], options?: CachedAppOptions) => Promise<RateLimitedApp> {
  const start = appsPerTest();
  return (controllers, options = {}) =>
    start({ platform: setting.platform, redis: setting.redis(), controllers: [...controllers], ...options });
}

/** The parts of a response that the tests compare. */
export async function seen(response: Response | Promise<Response>): Promise<readonly [string | null, unknown]> {
  const { headers, text } = await textOf(await response);
  return [headers.get('x-cache'), text === '' ? '' : JSON.parse(text)];
}

async function textOf(response: Response): Promise<{ readonly headers: Headers; readonly text: string }> {
  return { headers: response.headers, text: await response.text() };
}

/** A pause of handlers, so that requests are certain to wait for the same run. */
export class HandlerPause {
  /** Handlers wait for it. */
  over: Promise<void> = Promise.resolve();

  /** Sends equal requests, and lets the handler continue when all but the first wait for its run. */
  async askTogether({ app, ask }: RateLimitedApp, path: string, count: number): Promise<Response[]> {
    const cache = app.get(CacheService).namespace('http');
    const others = cache.stats().coalesced + count - 1;
    const { promise, give } = deferred<void>();
    this.over = promise;
    const responses = Array.from({ length: count }, () => ask(path));
    await eventually(() => cache.stats().coalesced === others);
    give();
    return Promise.all(responses);
  }
}
