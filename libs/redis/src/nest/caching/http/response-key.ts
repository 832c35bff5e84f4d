import type { ExecutionContext } from '@nestjs/common';
import { optionInvalid } from '../../../common/options.js';
import { isRecord } from '../../../common/records.js';
import { RedisInfraError } from '../../../common/redis-infra.error.js';
import { encodeArguments } from '../keys/argument-encoding.js';
import { storedKey } from '../keys/stored-key.js';
import type { HttpCachePlan } from './http-cache.plan.js';
import { cacheDirectives, headerOf, routePath, type CachedRequest } from './http-exchange.js';

/**
 * The key of the response to a request: the route with its parameters, and the declared query parameters and headers.
 * HEAD has the key of GET. Undefined: the response is not cached.
 * @throws RedisInfraError OPTION_INVALID when `keyBy` returns something else than a string or undefined
 */
export async function responseKey(
  context: ExecutionContext,
  request: CachedRequest,
  plan: HttpCachePlan,
): Promise<string | undefined> {
  const path = routePath(request);
  if (path === undefined || !isCacheable(request, plan)) return undefined;
  const client = await plan.keyBy?.(context);
  if (client !== undefined && (typeof client !== 'string' || client === ''))
    throw optionInvalid('HttpCache.keyBy', 'must return a non-empty string or undefined');
  if (plan.keyBy !== undefined && client === undefined) return undefined;
  const { params, query = {}, hosts } = request;
  const parts = {
    params: { ...params },
    query: pick(plan.query, (name) => query[name]),
    headers: pick(plan.vary, (name) => headerOf(request, name)),
    hosts: { ...hosts },
    scope: plan.scope,
    client,
  };
  return keyOf(`GET ${path}`, parts);
}

function isCacheable(request: CachedRequest, { keyBy }: HttpCachePlan): boolean {
  if (request.method !== 'GET' && request.method !== 'HEAD') return false;
  if (cacheDirectives(headerOf(request, 'cache-control')).has('no-store')) return false;
  return keyBy !== undefined || (headerOf(request, 'authorization') ?? headerOf(request, 'cookie')) === undefined;
}

/** Clients choose the query, so a value that cannot be encoded is no error: its response is not cached. */
function keyOf(route: string, parts: Readonly<Record<string, unknown>>): string | undefined {
  const used = Object.entries(parts).filter(([, part]) => !isEmpty(part));
  try {
    return storedKey(`${route} ${encodeArguments([Object.fromEntries(used)])}`);
  } catch (error) {
    if (error instanceof RedisInfraError && error.code === 'KEY_INVALID') return undefined;
    throw error;
  }
}

function isEmpty(part: unknown): boolean {
  return part === undefined || (isRecord(part) && Object.keys(part).length === 0);
}

function pick(names: readonly string[], valueOf: (name: string) => unknown): Readonly<Record<string, unknown>> {
  return Object.fromEntries(names.map((name) => [name, valueOf(name)]));
}
