import type { ExecutionContext } from '@nestjs/common';
import { parseList } from 'structured-headers';
import { afterEach, vi } from 'vitest';
import type { RateLimitProblem, RedisModuleOptions } from '../../../src/index.js';
import { appsPerTest, type AppOptions, type Platform, type RateLimitedApp } from '../rate-limited-app.js';

export const QUOTA_EXCEEDED = 'https://iana.org/assignments/http-problem-types#quota-exceeded';
export const login = { name: 'login', limit: 2, window: '1h' } as const;
export const api = { name: 'api', limit: 3, window: '1h' } as const;

/** On what framework and over what store a suite runs. */
export interface Setting {
  readonly platform: Platform;
  readonly redis: () => RedisModuleOptions;
}

/** Starts applications of a setting, which end with their test. */
export function servedPerTest({ platform, redis }: Setting): (options: Partial<AppOptions>) => Promise<RateLimitedApp> {
  const start = appsPerTest();
  afterEach(() => {
    vi.restoreAllMocks();
  });
  // A loaded machine may take longer than the default for the first decision, which would then be a local one.
  return (options) =>
    start({ platform, redis: redis(), ...options, rateLimit: { deadline: '5s', ...options.rateLimit } });
}

/** A header of the draft: names, each with its parameters. */
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

/** What a header of the request says. */
export function header(name: string): (context: ExecutionContext) => string | undefined {
  return (context) => context.switchToHttp().getRequest<{ headers: Record<string, string> }>().headers[name];
}
