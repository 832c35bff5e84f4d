import type { ExecutionContext } from '@nestjs/common';
import { parseList } from 'structured-headers';
import { afterEach, vi } from 'vitest';
import type { RateLimitProblem, RedisModuleOptions } from '../../../src/index.js';
import { appsPerTest, type AppOptions, type Platform, type RateLimitedApp } from '../rate-limited-app.js';

export const QUOTA_EXCEEDED = 'https://iana.org/assignments/http-problem-types#quota-exceeded';
export const login = { name: 'login', limit: 2, window: '1h' } as const;
export const api = { name: 'api', limit: 3, window: '1h' } as const;

/** On a loaded machine the first decision may exceed the default deadline, and would then be made locally. */
export const DEADLINE = '5s' as const;

/** The framework and the store of a suite. */
export interface Setting {
  readonly platform: Platform;
  readonly redis: () => RedisModuleOptions;
}

/** Starts applications of a setting, and closes them after each test. */
export function servedPerTest({ platform, redis }: Setting): (options: Partial<AppOptions>) => Promise<RateLimitedApp> {
  const start = appsPerTest();
  afterEach(() => {
    vi.restoreAllMocks();
  });
  return (options) =>
    start({ platform, redis: redis(), ...options, rateLimit: { deadline: DEADLINE, ...options.rateLimit } });
}

/** Parses a header of the draft: names with their parameters. */
export function list(response: Response, name: string): [unknown, Record<string, unknown>][] {
  const items = parseList(response.headers.get(name) ?? '');
  return items.map(([value, parameters]) => [value, Object.fromEntries(parameters)]);
}

export function namesIn(response: Response): unknown[] {
  return list(response, 'RateLimit').map(([name]) => name);
}

export function problemOf(response: Response): Promise<RateLimitProblem> {
  return response.json() as Promise<RateLimitProblem>;
}

/** Reads a header of the request. */
export function header(name: string): (context: ExecutionContext) => string | undefined {
  return (context) => context.switchToHttp().getRequest<{ headers: Record<string, string> }>().headers[name];
}
