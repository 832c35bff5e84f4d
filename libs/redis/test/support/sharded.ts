import type { RedisServer } from 'nestjs-redis-infra/testing';
import { ShardedCache, type RedisConnection, type ShardedEvents, type ShardedOptions } from '../../src/index.js';
import { LONG_DEADLINE, type Started } from './started.js';

/** The key of the stamp of a shard, without a prefix. */
export const STAMP = '~shard';

/** Starts independent servers. */
export function startServers(started: Started, count: number): Promise<readonly RedisServer[]> {
  return Promise.all(Array.from({ length: count }, () => started.server()));
}

/** Creates a cache with shards `s0`, `s1`, …, and disconnects it after the test. */
export function shardsOf(
  started: Started,
  connections: readonly RedisConnection[],
  options: ShardedOptions = {},
): ShardedCache {
  const cache = new ShardedCache(
    connections.map((connection, at) => ({ id: `s${at}`, connection })),
    { ...LONG_DEADLINE, ...options },
  );
  started.undo(() => cache.disconnect());
  return cache;
}

/** Keys of which `count` are on each shard. `stored` returns the key in the store. */
export function keysByShard(
  cache: ShardedCache,
  count: number,
  stored = (key: string): string => key,
): ReadonlyMap<string, readonly string[]> {
  const keys = new Map<string, string[]>(Object.keys(cache.status()).map((id) => [id, []]));
  for (let i = 0; [...keys.values()].some(({ length }) => length < count); i++) {
    const ofShard = keys.get(cache.locate(stored(`key:${i}`)).shard);
    if (ofShard !== undefined && ofShard.length < count) ofShard.push(`key:${i}`);
  }
  return keys;
}

/** A key that is on the shard. */
export function keyOn(cache: ShardedCache, shard: string): string {
  return keysByShard(cache, 1).get(shard)?.[0] ?? '';
}

/** The keys that a server holds. */
export async function keysAt(server: RedisServer | undefined, pattern = '*'): Promise<readonly string[]> {
  const keys: unknown = await server?.command('KEYS', pattern);
  return Array.isArray(keys) ? keys.map(String).sort() : [];
}

/** Records the events with this name. */
export function recordSharded<Name extends keyof ShardedEvents>(
  cache: ShardedCache,
  name: Name,
): readonly ShardedEvents[Name][] {
  const events: ShardedEvents[Name][] = [];
  cache.on(name, (event) => void events.push(event));
  return events;
}
