// One codec per process: in one process codecs would share JIT type feedback and heap.
import { isDeepStrictEqual } from 'node:util';
import { serve } from '../harness/served-process.mjs';
import { drive } from './drive.mjs';
import { plainTwin, valuesOf } from './values.mjs';

let contestant;
let codec;
let data;

/** The values of a load, and their encoded bytes. */
async function makeData(load) {
  const originals = valuesOf(load);
  const values = contestant.carries === 'everything' ? originals : originals.map(plainTwin);
  const positions = values.map((_, index) => ({ key: `bench:${load.shape}:${String(index).padStart(4, '0')}` }));
  const stored = [];
  for (const [index, value] of values.entries()) stored.push(await codec.encode(value, positions[index]));
  return { values, positions, stored };
}

/** @throws Error if a value is not decoded to an equal one: the codec would do different work */
async function check({ values, positions, stored }) {
  for (const [index, value] of values.entries()) {
    if (isDeepStrictEqual(await codec.decode(stored[index], positions[index]), value)) continue;
    throw new Error(`${positions[index].key} does not come back as stored`);
  }
}

const total = (lengths) => lengths.reduce((sum, length) => sum + length, 0);

serve({
  async open({ name }) {
    contestant = await import(`./contestants/${name}.mjs`);
    codec = contestant.open();
    return { label: contestant.label, carries: contestant.carries };
  },
  /** Mean bytes per value: stored, and as plain JSON. */
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
