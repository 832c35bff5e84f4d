// One contestant per process: in one process contestants would share JIT type feedback and heap.
import { serve } from '../harness/served-process.mjs';
import { mainThreadCpu } from '../harness/thread-cpu.mjs';
import { randomKeys, shardIds } from './keys.mjs';

// Read the clock once per batch: a lookup takes less time than the clock.
const BATCH = 1000;
const SHARDS = 10;
const keysByCount = new Map();
let ids;
let shardOf;

function keysOf(count) {
  if (!keysByCount.has(count)) keysByCount.set(count, randomKeys(count));
  return keysByCount.get(count);
}

serve({
  async open({ name }) {
    const contestant = await import(`./contestants/${name}.mjs`);
    ids = new Set(shardIds(SHARDS));
    ({ shardOf } = contestant.open([...ids]));
    return contestant.label;
  },
  /** Nanoseconds per lookup, in CPU of the main thread. Each result must be a shard. */
  slice({ count, ms }) {
    const keys = keysOf(count);
    let done = 0;
    let found = 0;
    const cpu = mainThreadCpu();
    const start = performance.now();
    do {
      for (let i = 0; i < BATCH; i++) if (shardOf(keys[done++ % count]) !== undefined) found++;
    } while (performance.now() - start < ms);
    const time = ((mainThreadCpu() - cpu) / done) * 1000;
    if (found !== done || !ids.has(shardOf(keys[0]))) throw new Error('a key has no shard');
    return { time };
  },
});
