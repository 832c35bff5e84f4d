// Runs on the built package. Runs a cleanup once it gets a line of input, and prints the report:
// node cleanup-process.mjs <url>
import { CleanupService, RedisAdapter } from 'nestjs-redis-infra/core';

const [url] = process.argv.slice(2);
const redis = new RedisAdapter(url, { keyPrefix: 'app:', resilience: { deadline: '10s' } });
const cleanup = new CleanupService(redis, { dryRun: false, jobs: ['no-ttl', 'flushed'], noTtl: 'expire' });
await redis.connect();
console.log('ready');
await new Promise((resolve) => process.stdin.once('data', resolve));
console.log(JSON.stringify(await cleanup.run()));
await redis.disconnect();
process.exit();
