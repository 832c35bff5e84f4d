// Runs on the built package. A cache that disconnects during an outage: node outage-cache.mjs <url of a closed port>
import { CacheService } from 'nestjs-redis-infra/core';

const cache = new CacheService(process.argv[2]);
await cache.connect();
await cache.set('k', 'value');
const { active, journal } = cache.store.can.fallback.status();
console.log(`outage ${active}, journal ${journal}`);
await cache.getOrSet('loaded', () => 'value');
await cache.disconnect();
const timers = process.getActiveResourcesInfo().filter((type) => type === 'Timeout' || type === 'Immediate');
console.log(`timers ${timers.length}`);
