// An application that deletes many keys while Redis is unavailable, and applies the deletes when it is back.
import { Redis } from 'ioredis';
import { CacheService } from '../../libs/redis/dist/esm/index.js';
import { serve } from '../harness/served-process.mjs';

const PER_CALL = 1000;

let url;
let keys;
let cache;
let up;
let recovered;

async function inBatches(run) {
  for (let from = 0; from < keys.length; from += PER_CALL) await run(keys.slice(from, from + PER_CALL));
}

/** Writes the values by a pipeline, because the cache would take much longer. */
async function store() {
  const client = new Redis(url);
  const value = JSON.stringify({ name: 'a value', count: 1 });
  await inBatches((some) => client.mset(some.flatMap((key) => [`cache:${key}`, value])));
  await client.quit();
}

async function countStored() {
  const client = new Redis(url);
  let count = 0;
  await inBatches(async (some) => {
    count += await client.exists(some.map((key) => `cache:${key}`));
  });
  await client.quit();
  return count;
}

/** The same keys removed by a plain client, without a journal and without leases: what the machine can do at best. */
async function removePlainly() {
  await store();
  const client = new Redis(url);
  await client.ping();
  const start = performance.now();
  const calls = [];
  await inBatches(async (some) => void calls.push(client.unlink(some.map((key) => `cache:${key}`))));
  await Promise.all(calls);
  const ms = performance.now() - start;
  await client.quit();
  return ms;
}

serve({
  async open({ url: address, entries }) {
    url = address;
    keys = Array.from({ length: entries }, (_, index) => `item:${String(index).padStart(6, '0')}`);
    await store();
    // The server loses nothing, so a flush for safety would only be measured too.
    cache = new CacheService(url, { fallback: { onServerRestart: 'trust' } });
    await cache.connect();
    if ((await cache.get(keys[0])) === undefined) throw new Error('the values are not stored');
    cache.store.can.link.onChange((state) => {
      if (state === 'up') up ??= { ms: performance.now(), cpu: process.cpuUsage() };
    });
  },
  /** Call it while Redis is unavailable. */
  async remove() {
    await inBatches((some) => cache.deleteMany(some));
    const { journal } = cache.store.can.fallback.status();
    if (journal !== keys.length) throw new Error(`the journal has ${journal} entries`);
    recovered = new Promise((resolve) => {
      cache.on('recovered', ({ replayed }) => {
        const { user, system } = process.cpuUsage(up.cpu);
        resolve({ replayed, ms: performance.now() - up.ms, cpuMs: (user + system) / 1000 });
      });
    });
  },
  /** Resolves with the time from the connection to the end of the outage. */
  async replayed() {
    const { replayed, ...figures } = await recovered;
    if (replayed !== keys.length) throw new Error(`${replayed} of ${keys.length} deletes were applied`);
    const left = await countStored();
    if (left > 0) throw new Error(`${left} deleted values are left`);
    return { ...figures, plainMs: await removePlainly() };
  },
});
