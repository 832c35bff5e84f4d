// Runs on the built package. Consumes tokens in a loop from `go` to `stop` on its input:
// node limiter-process.mjs <url> <policies as JSON>
import { RateLimiter } from 'nestjs-redis-infra/core';

const IN_FLIGHT = 16;
const [url, json] = process.argv.slice(2);
const limiter = new RateLimiter(url, { deadline: '10s', onError: 'closed', denyCache: false });
const policies = JSON.parse(json);
const admitted = policies.map(() => 0);
let isOver = false;

async function consume(policy, i) {
  while (!isOver) if ((await limiter.consume(policy, policy.name)).allowed) admitted[i]++;
}

await limiter.peek(policies, 'warm');
console.log('ready');
await new Promise((resolve) => process.stdin.once('data', resolve));
process.stdin.once('data', () => (isOver = true));
await Promise.all(policies.flatMap((policy, i) => Array.from({ length: IN_FLIGHT }, () => consume(policy, i))));
console.log(JSON.stringify(admitted));
await limiter.close();
process.exit();
