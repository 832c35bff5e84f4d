// The built package, as an application would load it: sources compiled on the fly would measure the compiler.
import { RedisAdapter } from '../../libs/redis/dist/index.js';

export const label = 'RedisAdapter';

/** Deadline, circuits and coalescing as they come out of the box. */
export async function open({ host, port }) {
  const adapter = new RedisAdapter(`redis://${host}:${port}`);
  await adapter.connect();
  return {
    get: (key) => adapter.get(key),
    decode: (value) => value,
    set: (key, value) => adapter.set(key, value),
  };
}
