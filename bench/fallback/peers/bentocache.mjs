import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { redisBusDriver, redisDriver } from 'bentocache/drivers/redis';

export const label = 'bentocache, grace';

/** The two tiers and the bus of its documentation, with a grace period: errors of Redis are suppressed. */
export async function open({ url }) {
  const { hostname: host, port } = new URL(url);
  const connection = { host, port: Number(port) };
  const bento = new BentoCache({
    default: 'tiered',
    ttl: '10m',
    grace: '1h',
    suppressL2Errors: true,
    stores: {
      tiered: bentostore()
        .useL1Layer(memoryDriver({ maxItems: 10_000 }))
        .useL2Layer(redisDriver({ connection }))
        .useBus(redisBusDriver({ connection })),
    },
  });
  return {
    set: (key, value) => bento.set({ key, value }),
    get: (key) => bento.get({ key }),
    remove: (key) => bento.delete({ key }),
  };
}
