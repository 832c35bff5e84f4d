// One of several processes whose callers ask for the same key at the same time, which no cache holds.
import { setTimeout as sleep } from 'node:timers/promises';
import { serve } from '../harness/served-process.mjs';

/** The monotonic clock of the machine: the same for all its processes, and unaffected by clock steps. */
const nowMs = () => Number(process.hrtime.bigint()) / 1e6;

let client;
let loadMs;
let loadEndsMs = [];

async function load(key) {
  await sleep(loadMs);
  loadEndsMs.push(nowMs());
  return { key };
}

async function caller(key) {
  const value = await client.read(key);
  if (value?.key !== key) throw new Error(`${key} has another value`);
  return nowMs();
}

serve({
  async open({ name, ...parts }) {
    loadMs = parts.loadMs;
    const peer = await import(`./peers/${name}.mjs`);
    client = await peer.open({ ...parts, keys: [], load, shared: false });
    return peer.label;
  },
  now: nowMs,
  async ask({ key, callers, startMs }) {
    loadEndsMs = [];
    await sleep(Math.max(0, startMs - nowMs()));
    const settledMs = await Promise.all(Array.from({ length: callers }, () => caller(key)));
    return { settledMs, loadEndsMs };
  },
});
