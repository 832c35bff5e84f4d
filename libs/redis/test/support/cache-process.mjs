// Runs on the built package. Executes the requests on its input, one JSON per line, and replies with one each:
// node cache-process.mjs <url> <options as JSON>
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { CacheService } from 'nestjs-redis-infra/core';

const [url, json] = process.argv.slice(2);
const cache = new CacheService(url, { resilience: { deadline: '10s' }, ...JSON.parse(json) });
const heldLoads = new Map();
let loads = 0;

const print = (message) => console.log(JSON.stringify(message));

/** Returns the value of the request, or fails, after `ms` or when the parent process releases the load. */
function loaderOf({ key, value, fail, ms = 0, hold = false }) {
  return async () => {
    loads++;
    print({ loading: key });
    if (hold) await new Promise((resolve) => heldLoads.set(key, resolve));
    else await sleep(ms);
    if (fail !== undefined) throw new Error(fail);
    return value;
  };
}

/** How many calls had each result, a value or an error, and how many loads they started. */
async function load(request) {
  const before = loads;
  const { key, calls = 1, options } = request;
  const results = await Promise.allSettled(
    Array.from({ length: calls }, () => cache.getOrSet(key, loaderOf(request), options)),
  );
  const counts = {};
  for (const { value, reason } of results) {
    const result = reason === undefined ? String(value) : (reason.code ?? reason.message);
    counts[result] = (counts[result] ?? 0) + 1;
  }
  return { results: counts, loads: loads - before };
}

const OPERATIONS = {
  load,
  release: ({ key }) => heldLoads.get(key)(),
  call: ({ method, args }) => cache[method](...args),
};

await cache.connect();
print({ ready: true });
for await (const line of createInterface(process.stdin)) {
  const request = JSON.parse(line);
  Promise.resolve()
    .then(() => OPERATIONS[request.operation](request))
    .then(
      (result) => print({ id: request.id, result }),
      (error) => print({ id: request.id, error: error.code ?? error.message }),
    );
}
await cache.disconnect();
process.exit();
