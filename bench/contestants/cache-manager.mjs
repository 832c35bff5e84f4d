import { createKeyv } from '@keyv/redis';
import { createCache } from 'cache-manager';

export const label = 'cache-manager + @keyv/redis';

/** `createKeyv` is the set-up of its documentation: no double prefix, no namespace bookkeeping. No ttl, as for all. */
export async function open({ host, port }) {
  const keyv = createKeyv(`redis://${host}:${port}`);
  keyv.on('error', () => {});
  const cache = createCache({ stores: [keyv] });
  return {
    get: (key) => cache.get(key),
    decode: (value) => value,
    set: (key, value) => cache.set(key, value),
  };
}
