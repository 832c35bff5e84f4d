// Runs on the built package. A process of a fleet that moves keys between shards: it reads and changes keys all the time,
// checked against a source of truth in another Redis. Each line of its input is a command, and each line of its output
// the reply: { reshard: [shards], phase }, { call: method, args }, { report }.
// node reshard-process.mjs <url of the truth> <JSON of { seed, own, processes, shards, workers }>
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { CacheService, RedisAdapter, ShardedCache } from 'nestjs-redis-infra/core';
import { seededRandom } from './seeded-random.mjs';

const [url, json] = process.argv.slice(2);
const { seed, own, processes, shards, workers } = JSON.parse(json);
const KEYS = 24;
const resilience = { deadline: '2s' };
const truth = new RedisAdapter(url, { resilience, keyPrefix: 'truth:' });
const sharded = new ShardedCache(shards, { keyPrefix: 'p:', resilience, onShardDown: 'error' });
const cache = new CacheService(sharded, { near: true });
const acknowledged = new Map();
const counts = { reads: 0, hits: 0, loads: 0, changes: 0, errors: 0, violations: [] };
let isWorking = true;

const random = seededRandom(seed);
const chosen = (count) => Math.floor(random() * count);

const CHANGES = [
  (key) => cache.delete(key),
  (key) => cache.deleteMany([key, 'absent']),
  (key) => cache.invalidateTags(key),
];

async function change(key) {
  const version = await truth.incr(key);
  await CHANGES[chosen(CHANGES.length)](key);
  if (version <= (acknowledged.get(key) ?? 0)) return;
  acknowledged.set(key, version);
  await truth.set(`acknowledged:${own}:${key}`, version);
  counts.changes++;
}

async function read(key) {
  const names = Array.from({ length: processes }, (_, i) => `acknowledged:${i}:${key}`);
  const oldest = Math.max(0, ...(await truth.getMany(names)).map((version) => version ?? 0));
  let isLoaded = false;
  const load = async () => {
    counts.loads++;
    isLoaded = true;
    const version = (await truth.get(key)) ?? 0;
    await sleep(chosen(4));
    return { version };
  };
  const found = random() < 0.3 ? await cache.get(key) : await cache.getOrSet(key, load, { tags: [key], ttl: '1m' });
  counts.reads++;
  if (found !== undefined && !isLoaded) counts.hits++;
  // A near copy follows the changes of other processes within a second; here the copies of this one are read too.
  if (found !== undefined && found.version < oldest && !(await isCaughtUp(key, oldest)))
    counts.violations.push({ key, found: found.version, oldest });
}

async function isCaughtUp(key, oldest) {
  await sleep(1100);
  const found = await cache.get(key);
  return found === undefined || found.version >= oldest;
}

async function work() {
  while (isWorking) {
    const key = String(chosen(KEYS));
    await (random() < 0.2 ? change(key) : read(key)).catch(() => counts.errors++);
    await sleep(chosen(6));
  }
}

async function reply({ reshard, phase, call, args, report }) {
  if (reshard !== undefined) return sharded.reshard(reshard, { phase });
  if (call !== undefined) return cache[call](...args);
  if (report) isWorking = false;
  return counts;
}

await Promise.all([truth.connect(), cache.connect().catch(() => {})]);
const working = Array.from({ length: workers }, work);
console.log('"ready"');
for await (const line of createInterface(process.stdin)) {
  const answer = await reply(JSON.parse(line)).then(
    (result) => ({ result }),
    ({ code, message }) => ({ code, message }),
  );
  console.log(JSON.stringify(answer));
}
isWorking = false;
await Promise.all(working);
await Promise.all([truth.disconnect(), cache.disconnect()]);
