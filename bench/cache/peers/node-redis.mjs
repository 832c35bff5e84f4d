import { createClient } from 'redis';

export const label = 'node-redis client-side cache';

/** Its replies in the memory of the process, with tracking by the server. It keeps text, which each hit parses. */
export async function open({ redis, keys, load }) {
  const client = createClient({
    url: `redis://${redis.host}:${redis.port}`,
    RESP: 3,
    clientSideCache: { ttl: 0, maxEntries: 10_000, evictPolicy: 'LRU' },
  }).on('error', () => {});
  await client.connect();
  for (const key of keys) await client.set(key, JSON.stringify(await load(key)));
  return { read: async (key) => JSON.parse(await client.get(key)) };
}
