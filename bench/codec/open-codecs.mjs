import { ServedChild } from '../harness/child-process.mjs';

const PROGRAM = new URL('./codec-process.mjs', import.meta.url);

/** Starts one process per name of bench/codec/contestants. */
export async function openCodecs(names) {
  return Promise.all(names.map(openCodec));
}

async function openCodec(name) {
  const child = new ServedChild(PROGRAM, name);
  const { label, carries } = await child.call('open', { name });
  return {
    name,
    label,
    carries,
    prepare: (load) => child.call('prepare', load),
    slice: (load, ms) => child.call('slice', { load, ms }),
    stop: () => child.stop(),
  };
}
