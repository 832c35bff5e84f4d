// The built package, as an application loads it: sources compiled on the fly would measure the compiler.
import { RedisAdapter } from '../../libs/redis/dist/esm/index.js';

export const label = 'RedisAdapter';

/** Default deadline, circuits and coalescing. */
export async function open({ host, port }) {
  const adapter = new RedisAdapter(`redis://${host}:${port}`);
  await adapter.connect();
  return {
    get: (key) => adapter.get(key),
    decode: (value) => value,
    set: (key, value) => adapter.set(key, value),
  };
}
