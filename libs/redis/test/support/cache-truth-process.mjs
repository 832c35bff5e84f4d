// Runs on the built package. Random reads and changes of a cache, checked against a source of truth in the same Redis:
// node cache-truth-process.mjs <url> <seed> <operations> <number of the process> <processes>
import { setTimeout as sleep } from 'node:timers/promises';
import { CacheService, RedisAdapter } from 'nestjs-redis-infra/core';
import { seededRandom } from './seeded-random.mjs';

const [url, ...numbers] = process.argv.slice(2);
const [seed, operations, own, processes] = numbers.map(Number);
const KEYS = 12;
const IN_FLIGHT = 40;
const adapterOptions = { resilience: { deadline: '10s' } };
const truth = new RedisAdapter(url, { ...adapterOptions, keyPrefix: 'truth:' });
const cache = new CacheService(new RedisAdapter(url, adapterOptions));
const inner = cache.namespace('inner');
const acknowledged = new Map();
const counts = { operations: 0, loads: 0, changes: 0, violations: [] };

const random = seededRandom(seed);
const chosen = (count) => Math.floor(random() * count);

const CHANGES = [
  (space, key) => space.delete(key),
  (space, key) => space.deleteMany([key, 'absent']),
  (space, key) => space.invalidate(key),
  (space, key) => space.invalidateTags(key),
];
/** Of all changes. */
const FLUSHES = 0.03;

function apply(space, key) {
  if (random() >= FLUSHES) return CHANGES[chosen(CHANGES.length)](space, key);
  // A flush of the outer namespace includes the inner one.
  return (random() < 0.5 ? cache : space).flush({ wait: false });
}

async function change(space, name, key) {
  const version = await truth.incr(name);
  await apply(space, key);
  if (version <= (acknowledged.get(name) ?? 0)) return;
  acknowledged.set(name, version);
  await truth.set(`acknowledged:${own}:${name}`, version);
  counts.changes++;
}

async function read(space, name, key) {
  const names = Array.from({ length: processes }, (_, i) => `acknowledged:${i}:${name}`);
  const oldest = Math.max(0, ...(await truth.getMany(names)).map((version) => version ?? 0));
  const delayMs = chosen(4);
  const load = async () => {
    counts.loads++;
    const version = (await truth.get(name)) ?? 0;
    await sleep(delayMs);
    return { version };
  };
  const options = { tags: [key], ttl: '1s', staleIfError: random() < 0.5 ? '10s' : 0, earlyRefresh: { at: 0.5 } };
  const found = random() < 0.2 ? await space.get(key) : await space.getOrSet(key, load, options);
  if (found !== undefined && found.version < oldest) counts.violations.push({ name, found: found.version, oldest });
}

async function work() {
  while (counts.operations < operations) {
    counts.operations++;
    const space = random() < 0.5 ? inner : cache;
    const key = String(chosen(KEYS));
    const name = `${space === inner ? 'inner' : 'outer'}:${key}`;
    await (random() < 0.15 ? change(space, name, key) : read(space, name, key));
  }
}

await Promise.all([truth.connect(), cache.connect()]);
await Promise.all(Array.from({ length: IN_FLIGHT }, work));
console.log(JSON.stringify({ ...counts, skippedWrites: cache.stats().skippedWrites }));
await Promise.all([truth.disconnect(), cache.disconnect()]);
