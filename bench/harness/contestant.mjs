import { ServedChild } from './child-process.mjs';

const PROGRAM = new URL('./contestant-process.mjs', import.meta.url);

/** Starts one process per name of bench/contestants, all on the same server, each with separate keys. */
export async function openContestants(names, redis) {
  return Promise.all(names.map((name, index) => openContestant(name, redis, `bench-${index}`)));
}

async function openContestant(name, { host, port }, prefix) {
  const child = new ServedChild(PROGRAM, name);
  const label = await child.call('open', { name, prefix, redis: { host, port } });
  return {
    name,
    label,
    pid: child.pid,
    slice: (load) => child.call('slice', load),
    stop: () => child.stop(),
  };
}
