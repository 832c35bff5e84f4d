// One contestant per process: in one process contestants would share JIT type feedback, heap and event loop.
import { isDeepStrictEqual } from 'node:util';
import { dataSet } from '../harness/data-set.mjs';
import { drive } from '../harness/drive.mjs';
import { serve } from '../harness/served-process.mjs';
import { mainThreadCpu } from '../harness/thread-cpu.mjs';

const data = dataSet({ prefix: 'bench', bytes: 240 });
let store;
let client;

/** One call after the other, each of all keys. */
async function readMany(ms) {
  let calls = 0;
  const cpu = mainThreadCpu();
  const start = performance.now();
  let values;
  do {
    values = await store.getMany(data.keys);
    calls++;
  } while (performance.now() - start < ms);
  const elapsedMs = performance.now() - start;
  if (!isDeepStrictEqual(values, data.values)) throw new Error('the values do not come back as stored, in their order');
  return { time: (elapsedMs / calls) * 1000, cpu: (mainThreadCpu() - cpu) / calls };
}

serve({
  async open({ name, servers }) {
    const contestant = await import(`./stores/${name}.mjs`);
    store = contestant.open(servers);
    await store.connect();
    await store.setMany(data.keys.map((key, at) => ({ key, value: data.values[at] })));
    client = { get: (key) => store.get(key), decode: (value) => value };
    return contestant.label;
  },
  slice({ operation, inFlight, ms }) {
    return operation === 'getMany' ? readMany(ms) : drive(client, data, { operation, inFlight, ms });
  },
});
