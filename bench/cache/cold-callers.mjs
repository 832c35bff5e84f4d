import { ServedChild } from '../harness/child-process.mjs';
import { atMost, exactly, row } from '../harness/report.mjs';
import { quantile } from '../harness/statistics.mjs';

const PROGRAM = new URL('./cold-process.mjs', import.meta.url);
const PROCESSES = 4;
const CALLERS = 100;
const LOAD_MS = 50;
const START_IN_MS = 30;
/** The first is ours. The others keep values in Redis too, so that their processes could share a load. */
const NAMES = ['cache-service', 'ioredis-notified', 'bentocache', 'layered-loader', 'cacheable', 'cache-manager'];

/** One cold key: all callers of all processes ask for it at the same time. */
async function askOnce(children, key) {
  const clocks = await Promise.all(children.map((child) => child.call('now')));
  const request = { key, callers: CALLERS / PROCESSES, startMs: Math.max(...clocks) + START_IN_MS };
  const results = await Promise.all(children.map((child) => child.call('ask', request)));
  const loadEndsMs = results.flatMap((result) => result.loadEndsMs);
  const firstEndMs = Math.min(...loadEndsMs);
  return {
    loads: loadEndsMs.length,
    lateMs: results.flatMap(({ settledMs }) => settledMs.map((atMs) => atMs - firstEndMs)),
  };
}

async function measureCache(name, redis, keys) {
  const parts = { name, prefix: `cold-${name}`, loadMs: LOAD_MS, redis: { host: redis.host, port: redis.port } };
  const children = Array.from({ length: PROCESSES }, () => new ServedChild(PROGRAM, name));
  try {
    const [label] = await Promise.all(children.map((child) => child.call('open', parts)));
    // The first key warms up connections, scripts and code.
    await askOnce(children, `cold-${name}-warm-up`);
    const results = [];
    for (let i = 0; i < keys; i++) results.push(await askOnce(children, `cold-${name}-${i}`));
    const loads = Math.max(...results.map((result) => result.loads));
    return {
      label,
      loads,
      lateMs: quantile(
        results.flatMap((result) => result.lateMs),
        0.99,
      ),
    };
  } finally {
    for (const child of children) child.stop();
  }
}

/** Rows of the loads of a cold key, the most of all keys, and of the time between the end of the load and its callers. */
export async function measureColdCallers(redis, { keys }) {
  const rows = [];
  for (const [index, name] of NAMES.entries()) {
    const { label, loads, lateMs } = await measureCache(name, redis, keys);
    const title = `${CALLERS} cold callers in ${PROCESSES} processes, ${label}`;
    const bars = index === 0 ? { loads: exactly(1), lateMs: atMost(10) } : {};
    rows.push(
      row({ name: `${title}: loads`, value: loads, unit: 'loads', bar: bars.loads }),
      row({ name: `${title}: after the load, p99`, value: lateMs, unit: 'ms', bar: bars.lateMs }),
    );
  }
  return rows;
}
