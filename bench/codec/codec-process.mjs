// One codec alone in a process, as every contestant: in one process they would share, and spoil, each other's JIT and heap.
import { isDeepStrictEqual } from 'node:util';
import { serve } from '../harness/served-process.mjs';
import { drive } from './drive.mjs';
import { plainTwin, valuesOf } from './values.mjs';

let contestant;
let codec;
let data;

/** The values of a load, and the bytes this codec makes of them. */
async function makeData(load) {
  const given = valuesOf(load);
  const values = contestant.carries === 'everything' ? given : given.map(plainTwin);
  const places = values.map((_, index) => ({ key: `bench:${load.shape}:${String(index).padStart(4, '0')}` }));
  const stored = [];
  for (const [index, value] of values.entries()) stored.push(await codec.encode(value, places[index]));
  return { values, places, stored };
}

/** A codec that returns something else than was stored would be measured at another task. */
async function check({ values, places, stored }) {
  for (const [index, value] of values.entries()) {
    if (isDeepStrictEqual(await codec.decode(stored[index], places[index]), value)) continue;
    throw new Error(`${places[index].key} does not come back as stored`);
  }
}

const total = (lengths) => lengths.reduce((sum, length) => sum + length, 0);

serve({
  async open({ name }) {
    contestant = await import(`./contestants/${name}.mjs`);
    codec = contestant.open();
    return { label: contestant.label, carries: contestant.carries };
  },
  /** Bytes per value: as it is stored, and as plain JSON. */
  async prepare(load) {
    data = await makeData(load);
    await check(data);
    const raw = data.values.map((value) => (Buffer.isBuffer(value) ? value : JSON.stringify(plainTwin(value))).length);
    const count = data.values.length;
    return { stored: total(data.stored.map((each) => each.length)) / count, raw: total(raw) / count };
  },
  slice({ load, ms }) {
    return drive(codec, data, { ...load, ms });
  },
});
