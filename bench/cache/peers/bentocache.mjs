import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { redisBusDriver, redisDriver } from 'bentocache/drivers/redis';

export const label = 'bentocache L1 + L2 + bus';

/**
 * The two tiers and the bus of its documentation. With `shared` a hit returns the same object; version 1.6.1 then fails
 * for callers that wait for a load of their process.
 */
export async function open({ redis, load, shared }) {
  const connection = { host: redis.host, port: redis.port };
  const bento = new BentoCache({
    default: 'tiered',
    ttl: '5m',
    stores: {
      tiered: bentostore()
        .useL1Layer(memoryDriver({ maxItems: 10_000, serialize: !shared }))
        .useL2Layer(redisDriver({ connection }))
        .useBus(redisBusDriver({ connection })),
    },
  });
  return { read: (key) => bento.getOrSet({ key, factory: () => load(key) }) };
}
