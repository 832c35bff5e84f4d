// One cache per process. All of them hold a copy of every value in the memory of the process.
import { isDeepStrictEqual } from 'node:util';
import { setImmediate as nextTick } from 'node:timers/promises';
import { dataSet } from '../harness/data-set.mjs';
import { serve } from '../harness/served-process.mjs';
import { mainThreadCpu } from '../harness/thread-cpu.mjs';

const BYTES = 240;
const MAX_STORE_READS = 0.02;
let data;
let client;
let loads = 0;

/** Twice: a first read may fill Redis only. */
async function fill() {
  for (let round = 0; round < 2; round++) {
    for (const [index, key] of data.keys.entries()) {
      if (!isDeepStrictEqual(await client.read(key), data.values[index])) throw new Error(`${key} has another value`);
    }
  }
}

/** Nanoseconds of CPU per hit. */
async function hits({ ms }) {
  const { read, storeReads = () => 0 } = client;
  const before = { loads, storeReads: storeReads() };
  const endMs = performance.now() + ms;
  let used = 0;
  let done = 0;
  do {
    const start = mainThreadCpu();
    for (const index of data.order) await read(data.keys[index]);
    used += mainThreadCpu() - start;
    done += data.order.length;
    // Notifications of the server are handled here: hits resolve within a tick.
    await nextTick();
  } while (performance.now() < endMs);
  if (loads > before.loads) throw new Error('a hit ran the loader');
  if (storeReads() - before.storeReads > done * MAX_STORE_READS) throw new Error('hits were read from Redis');
  return { ns: (used * 1000) / done };
}

serve({
  async open({ name, redis, prefix }) {
    data = dataSet({ prefix, bytes: BYTES });
    const values = new Map(data.keys.map((key, index) => [key, data.values[index]]));
    const load = async (key) => {
      loads++;
      return values.get(key);
    };
    const peer = await import(`./peers/${name}.mjs`);
    client = await peer.open({ redis, prefix, keys: data.keys, load, shared: true });
    await fill();
    return peer.label;
  },
  hits,
});
