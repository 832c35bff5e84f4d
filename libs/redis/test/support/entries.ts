import { expect } from 'vitest';
import type { RedisServer } from 'nestjs-redis-infra/testing';
import type { EntryStore, EntryWrite, LeaseRequest, VersionScope } from '../../src/domain/entry-store.js';
import type { RedisAdapter } from '../../src/index.js';

export const SCOPE: VersionScope = { prefixes: ['cache:'] };
export const LOADED: EntryWrite = { value: 'loaded', meta: undefined, ttlMs: 60_000 };

/** The entries of an adapter. */
export function entriesOf(adapter: RedisAdapter): EntryStore {
  return adapter.can.entries ?? expect.fail('the adapter has no entries');
}

export function leaseOf(token: string, request: Partial<LeaseRequest> = {}): LeaseRequest {
  return { token, ttlMs: 30_000, clock: 1, minClock: 0, ...request };
}

/** Makes the server refuse commands that need memory, and returns the function that ends it. */
export async function outOfMemory(server: RedisServer): Promise<() => Promise<void>> {
  await server.command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
  await server.command('CONFIG', 'SET', 'maxmemory', '1');
  return async () => void (await server.command('CONFIG', 'SET', 'maxmemory', '0'));
}

/** How often a server has executed each of these commands since `CONFIG RESETSTAT`. */
export async function callsOf(server: RedisServer, ...commands: readonly string[]): Promise<number[]> {
  const stats = String(await server.command('INFO', 'commandstats'));
  return commands.map((name) => Number(new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(stats)?.[1] ?? 0));
}
