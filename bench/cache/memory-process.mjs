// Started with --expose-gc: the heap that near copies use beyond their keys and values.
import { setImmediate as nextTick } from 'node:timers/promises';
import { CacheService } from '../../libs/redis/dist/esm/index.js';
import { record } from '../harness/data-set.mjs';
import { seededRandom } from '../harness/random.mjs';
import { serve } from '../harness/served-process.mjs';
import { holdCopy } from './hold-copy.mjs';

const BATCH = 500;

async function heapBytes() {
  // Finished requests are released within a few ticks.
  for (let i = 0; i < 4; i++) {
    await nextTick();
    globalThis.gc();
  }
  return process.memoryUsage().heapUsed;
}

const keyOf = (index) => `item:${String(index).padStart(6, '0')}`;

async function inBatches(first, entries, run) {
  for (let from = first; from < first + entries; from += BATCH) {
    await run(Array.from({ length: Math.min(BATCH, first + entries - from) }, (_, i) => keyOf(from + i)));
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

/**
 * Bytes per entry of the near copies of a cache. It keeps as many copies before: those also make a process allocate what
 * it allocates once, for example compiled code. Without a fallback, whose copies are not near copies.
 */
async function bytesOfCopies(url, texts, entries) {
  const near = { shared: true, maxEntries: 2 * entries, maxBytes: '1gb' };
  const cache = new CacheService(url, { near, fallback: false });
  await cache.connect();
  const textOf = (key) => texts[Number(key.slice('item:'.length)) % entries];
  const load = async (missing) => new Map(missing.map((key) => [key, JSON.parse(textOf(key))]));
  const keep = async (first) => {
    // The values that no cache has stored are loaded first, and read after that.
    await inBatches(first, entries, (keys) => cache.getOrSetMany(keys, load));
    await inBatches(first, entries, (keys) => cache.getMany(keys));
  };
  await holdCopy(cache, keyOf(0), () => cache.getOrSetMany([keyOf(0)], load));
  await keep(0);
  const bytes = await bytesOf(entries, async () => {
    await keep(entries);
    return { length: cache.stats().near.entries - entries };
  });
  await cache.disconnect();
  return bytes;
}

serve({
  /** Bytes per entry: of a near copy, and of its key and value alone. */
  async measure({ redis, entries, bytes }) {
    const random = seededRandom(entries);
    const texts = Array.from({ length: entries }, () => JSON.stringify(record(bytes, random)));
    // The first time also allocates what a process allocates once.
    await bytesOfValues(texts, entries);
    const values = await bytesOfValues(texts, entries);
    return { values, copies: await bytesOfCopies(`redis://${redis.host}:${redis.port}`, texts, entries) };
  },
});
