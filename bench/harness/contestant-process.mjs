// One contestant per process: in one process contestants would share JIT type feedback, heap and event loop.
import { isDeepStrictEqual } from 'node:util';
import { dataSet } from './data-set.mjs';
import { drive } from './drive.mjs';
import { serve } from './served-process.mjs';

const SEEDING_IN_FLIGHT = 50;
const sets = new Map();
let client;
let prefix;

async function seed(bytes) {
  const data = dataSet({ prefix, bytes });
  let next = 0;
  const writer = async () => {
    while (next < data.keys.length) {
      const index = next++;
      await client.set(data.keys[index], data.values[index]);
    }
  };
  await Promise.all(Array.from({ length: SEEDING_IN_FLIGHT }, writer));
  await check(data);
  sets.set(bytes, data);
}

/** @throws Error if a contestant does not return the stored value: it would do different work */
async function check(data) {
  for (let index = 0; index < data.keys.length; index += 100) {
    const value = client.decode(await client.get(data.keys[index]));
    if (!isDeepStrictEqual(value, data.values[index]))
      throw new Error(`${data.keys[index]} does not come back as stored`);
  }
}

serve({
  async open(argument) {
    const contestant = await import(`../contestants/${argument.name}.mjs`);
    client = await contestant.open(argument.redis);
    prefix = argument.prefix;
    return contestant.label;
  },
  async slice({ bytes, ...load }) {
    if (!sets.has(bytes)) await seed(bytes);
    return drive(client, sets.get(bytes), load);
  },
});
