// Started with --expose-gc: the heap that near copies use beyond their keys and values.
import { CacheService } from '../../libs/redis/dist/esm/index.js';
import { record } from '../harness/data-set.mjs';
import { seededRandom } from '../harness/random.mjs';
import { serve } from '../harness/served-process.mjs';
import { holdCopy } from './hold-copy.mjs';

const BATCH = 500;

function heapBytes() {
  for (let i = 0; i < 3; i++) globalThis.gc();
  return process.memoryUsage().heapUsed;
}

const keyOf = (index) => `item:${String(index).padStart(6, '0')}`;

async function inBatches(entries, run) {
  for (let from = 0; from < entries; from += BATCH) {
    await run(Array.from({ length: Math.min(BATCH, entries - from) }, (_, i) => keyOf(from + i)));
  }
}

/** Bytes per entry of keys and parsed values alone. */
function bytesOfValues(texts, entries) {
  const before = heapBytes();
  const held = texts.map((text, index) => [Buffer.from(keyOf(index)).toString('latin1'), JSON.parse(text)]);
  const bytes = heapBytes() - before;
  if (held.length !== entries) throw new Error('the values were not kept');
  // The pair itself belongs to neither.
  const beforePairs = heapBytes();
  const pairs = Array.from({ length: entries }, () => [undefined, undefined]);
  const pairBytes = heapBytes() - beforePairs;
  if (pairs.length !== entries) throw new Error('the pairs were not kept');
  return (bytes - pairBytes) / entries;
}

serve({
  /** Bytes per entry: of a near copy, and of its key and value alone. */
  async measure({ redis, entries, bytes }) {
    const random = seededRandom(entries);
    const texts = Array.from({ length: entries }, () => JSON.stringify(record(bytes, random)));
    const values = bytesOfValues(texts, entries);
    const near = { shared: true, maxEntries: entries, maxBytes: '1gb' };
    const cache = new CacheService(`redis://${redis.host}:${redis.port}`, { near });
    await cache.connect();
    const load = async (missing) => new Map(missing.map((key) => [key, JSON.parse(texts[Number(key.slice(5))])]));
    await inBatches(entries, (keys) => cache.getOrSetMany(keys, load));
    await holdCopy(cache, keyOf(0));
    const before = heapBytes();
    await inBatches(entries, (keys) => cache.getMany(keys));
    const copies = (heapBytes() - before) / entries;
    if (cache.stats().near.entries < entries) throw new Error(`only ${cache.stats().near.entries} copies are held`);
    await cache.disconnect();
    return { copies, values };
  },
});
