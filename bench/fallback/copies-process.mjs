// Started with --expose-gc: the heap that copies for an outage use beyond their keys and values.
import { Redis } from 'ioredis';
import { CacheService } from '../../libs/redis/dist/esm/index.js';
import { record } from '../harness/data-set.mjs';
import { seededRandom } from '../harness/random.mjs';
import { serve } from '../harness/served-process.mjs';

const PER_CALL = 1000;

function heapBytes() {
  for (let i = 0; i < 3; i++) globalThis.gc();
  return process.memoryUsage().heapUsed;
}

const keyOf = (index) => `item:${String(index).padStart(6, '0')}`;

async function inBatches(entries, run) {
  for (let from = 0; from < entries; from += PER_CALL) {
    await run(Array.from({ length: Math.min(PER_CALL, entries - from) }, (_, i) => keyOf(from + i)));
  }
}

/** Bytes per entry of keys and stored values alone, as text of one byte per character. */
function bytesOfTexts(text, entries) {
  const keys = Array.from({ length: entries }, () => undefined);
  const values = Array.from({ length: entries }, () => undefined);
  const bytes = Buffer.from(text);
  const before = heapBytes();
  for (let i = 0; i < entries; i++) {
    keys[i] = Buffer.from(`cache:${keyOf(i)}`).toString('latin1');
    values[i] = bytes.toString('latin1');
  }
  const used = heapBytes() - before;
  if (keys.length + values.length !== 2 * entries) throw new Error('the texts were not kept');
  return used / entries;
}

serve({
  async measure({ redis: { host, port }, entries, bytes }) {
    const text = JSON.stringify(record(bytes, seededRandom(entries)));
    const url = `redis://${host}:${port}`;
    const client = new Redis(url);
    await inBatches(entries, (keys) => client.mset(keys.flatMap((key) => [`cache:${key}`, text])));
    const texts = bytesOfTexts(text, entries);
    const cache = new CacheService(url, { fallback: { maxEntries: entries, maxBytes: '1gb' } });
    await cache.connect();
    await cache.get('absent');
    const before = heapBytes();
    await inBatches(entries, (keys) => cache.getMany(keys));
    const copies = (heapBytes() - before) / entries;
    const held = cache.store.can.fallback.status().entries;
    if (held < entries) throw new Error(`only ${held} copies are held`);
    await inBatches(entries, (keys) => client.del(keys.map((key) => `cache:${key}`)));
    await client.quit();
    await cache.disconnect();
    return copies - texts;
  },
});
