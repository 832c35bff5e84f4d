import { Redis } from 'ioredis';
import { createNotificationPair, Loader, RedisCache } from 'layered-loader';

export const label = 'layered-loader';

/** Memory, Redis and notifications, as in its documentation. */
export async function open({ redis: { host, port }, prefix, load }) {
  const connect = () => new Redis({ host, port });
  const { publisher, consumer } = createNotificationPair({
    channel: `${prefix}-notifications`,
    publisherRedis: connect(),
    consumerRedis: connect(),
  });
  const loader = new Loader({
    inMemoryCache: { ttlInMsecs: 300_000, maxItems: 10_000 },
    asyncCache: new RedisCache(connect(), { json: true, prefix, ttlInMsecs: 300_000 }),
    notificationPublisher: publisher,
    notificationConsumer: consumer,
    dataSourceGetOneFn: load,
  });
  await loader.init();
  return { read: (key) => loader.get(key) };
}
