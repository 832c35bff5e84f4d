import { BentoCache, bentostore } from 'bentocache';
import { redisDriver } from 'bentocache/drivers/redis';

export const label = 'bentocache L2';

/**
 * One tier, Redis only, so that its memory tier does not answer instead of Redis. `ttl: null`: no expiry, as for all.
 */
export async function open({ host, port }) {
  const bento = new BentoCache({
    default: 'redis',
    ttl: null,
    stores: { redis: bentostore().useL2Layer(redisDriver({ connection: { host, port } })) },
  });
  return {
    get: (key) => bento.get({ key }),
    decode: (value) => value,
    set: (key, value) => bento.set({ key, value }),
  };
}
