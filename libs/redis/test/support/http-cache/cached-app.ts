import type { INestApplication, ModuleMetadata, Type } from '@nestjs/common';
import type { RedisModuleOptions } from '../../../src/index.js';
import { appsPerTest, type Platform, type RateLimitedApp } from '../rate-limited-app.js';

interface CachedAppOptions extends Pick<ModuleMetadata, 'imports' | 'providers'> {
  readonly prepare?: (app: INestApplication) => void;
}

/** Starts applications with controllers on a framework and a store, and closes them after each test. */
export function cachedApps(setting: {
  readonly platform: Platform;
  readonly redis: () => RedisModuleOptions;
}): (controllers: readonly Type[], options?: CachedAppOptions) => Promise<RateLimitedApp> {
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
