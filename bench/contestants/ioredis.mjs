import { Redis } from 'ioredis';

export const label = 'ioredis';

/** The client with its defaults and without a wrapper: JSON.parse(await redis.get(key)). */
export async function open({ host, port }, options = {}) {
  const redis = new Redis({ host, port, ...options });
  redis.on('error', () => {});
  await redis.ping();
  return {
    get: (key) => redis.get(key),
    decode: (text) => (text === null ? undefined : JSON.parse(text)),
    set: (key, value) => redis.set(key, JSON.stringify(value)),
  };
}
