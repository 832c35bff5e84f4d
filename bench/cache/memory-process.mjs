// Started with --expose-gc: the heap that near copies use beyond their keys and values.
import { setImmediate as nextTick } from 'node:timers/promises';
import { CacheService } from '../../libs/redis/dist/esm/index.js';
import { record } from '../harness/data-set.mjs';
import { seededRandom } from '../harness/random.mjs';
import { serve } from '../harness/served-process.mjs';
import { holdCopy } from './hold-copy.mjs';

const BATCH = 500;
/** The first pass also allocates what a process allocates once: compiled code, hidden classes, buffers. */
const PASSES = 2;

async function heapBytes() {
  // Finished requests are released within a few ticks.
  for (let i = 0; i < 4; i++) {
    await nextTick();
    globalThis.gc();
  }
  return process.memoryUsage().heapUsed;
}

const keyOf = (index) => `item:${String(index).padStart(6, '0')}`;

async function inBatches(entries, run) {
  for (let from = 0; from < entries; from += BATCH) {
    await run(Array.from({ length: Math.min(BATCH, entries - from) }, (_, i) => keyOf(from + i)));
  }
}

/** Bytes per entry of what `allocate` returns. */
async function bytesOf(entries, allocate) {
  const before = await heapBytes();
  const held = await allocate();
  const bytes = (await heapBytes()) - before;
  if (held.length !== entries) throw new Error('the values were not kept');
  return bytes / entries;
}

/** Bytes per entry of keys and parsed values alone. */
async function bytesOfValues(texts, entries) {
  const pairs = await bytesOf(entries, () =>
    texts.map((text, index) => [Buffer.from(keyOf(index)).toString('latin1'), JSON.parse(text)]),
  );
  // The pair itself belongs to neither.
  return pairs - (await bytesOf(entries, () => Array.from({ length: entries }, () => [undefined, undefined])));
}

/** Bytes per entry of the near copies of a cache. */
async function bytesOfCopies(url, texts, entries) {
  const near = { shared: true, maxEntries: entries, maxBytes: '1gb' };
  const cache = new CacheService(url, { near });
  await cache.connect();
  const load = async (missing) => new Map(missing.map((key) => [key, JSON.parse(texts[Number(key.slice(5))])]));
  await holdCopy(cache, keyOf(0), () => cache.getOrSetMany([keyOf(0)], load));
  const bytes = await bytesOf(entries, async () => {
    // The values that no cache has stored are loaded first, and read after that.
    await inBatches(entries, (keys) => cache.getOrSetMany(keys, load));
    await inBatches(entries, (keys) => cache.getMany(keys));
    return { length: cache.stats().near.entries };
  });
  await cache.disconnect();
  return bytes;
}

serve({
  /** Bytes per entry: of a near copy, and of its key and value alone. */
  async measure({ redis, entries, bytes }) {
    const random = seededRandom(entries);
    const texts = Array.from({ length: entries }, () => JSON.stringify(record(bytes, random)));
    let sizes;
    for (let pass = 0; pass < PASSES; pass++) {
      const values = await bytesOfValues(texts, entries);
      sizes = { values, copies: await bytesOfCopies(`redis://${redis.host}:${redis.port}`, texts, entries) };
    }
    return sizes;
  },
});
