// One contestant per process: in one process contestants would share JIT type feedback, heap and event loop.
import { isDeepStrictEqual } from 'node:util';
import { Redis } from 'ioredis';
import { FallbackCache, RedisAdapter, ShardedCache } from '../../libs/redis/dist/esm/index.js';
import { dataSet } from '../harness/data-set.mjs';
import { serve } from '../harness/served-process.mjs';

const BYTES = 240;
/** A disturbance of the machine must not become an outage. */
const LIMITS = { resilience: { deadline: '30s' } };

const shardsOf = (urls, options) =>
  new ShardedCache(
    urls.map((connection, at) => ({ id: `shard-${at}`, connection })),
    { ...LIMITS, ...options },
  );

const CONTESTANTS = {
  sharded: { label: 'ShardedCache', open: (urls) => shardsOf(urls) },
  'sharded-without-fallback': {
    label: 'ShardedCache without a fallback',
    open: (urls) => shardsOf(urls, { fallback: false }),
  },
  'one-fallback': {
    label: 'FallbackCache on one server',
    open: ([url]) => new FallbackCache(new RedisAdapter(url, LIMITS)),
  },
  'one-adapter': { label: 'RedisAdapter on one server', open: ([url]) => new RedisAdapter(url, LIMITS) },
  'one-mget': { label: 'ioredis mget on one server', open: ([url]) => mgetOf(url) },
};

/** What an application writes without a library: MGET, and JSON.parse of each value. */
function mgetOf(url) {
  const redis = new Redis(url, { lazyConnect: true });
  redis.on('error', () => {});
  const parse = (text) => (text === null ? undefined : JSON.parse(text));
  return {
    connect: () => redis.connect(),
    get: async (key) => parse(await redis.get(key)),
    getMany: async (keys) => (await redis.mget(keys)).map(parse),
    setMany: (entries) => redis.mset(entries.flatMap(({ key, value }) => [key, JSON.stringify(value)])),
  };
}

let store;
let data;

const LOADS = {
  async getMany(run) {
    while (run.isRunning()) {
      const values = await store.getMany(data.keys);
      if (values.includes(undefined)) throw new Error('a key was not found');
      run.calls++;
    }
  },
  async get(run) {
    while (run.isRunning()) {
      const value = await store.get(data.keys[data.order[run.calls++ % data.order.length]]);
      if (value === undefined) throw new Error('a key was not found');
    }
  },
};

serve({
  async open({ name, urls, prefix }) {
    const { label, open } = CONTESTANTS[name];
    store = open(urls);
    data = dataSet({ prefix, bytes: BYTES });
    await store.connect();
    await store.setMany(data.keys.map((key, i) => ({ key, value: data.values[i] })));
    if (!isDeepStrictEqual(await store.getMany(data.keys), data.values)) throw new Error('a value differs');
    return label;
  },
  /** Milliseconds of one call and microseconds of CPU of the process for it. */
  async slice({ operation, inFlight, ms }) {
    const endMs = performance.now() + ms;
    const run = { calls: 0, isRunning: () => performance.now() < endMs };
    const cpu = process.cpuUsage();
    const beganMs = performance.now();
    await Promise.all(Array.from({ length: inFlight }, () => LOADS[operation](run)));
    const elapsedMs = performance.now() - beganMs;
    const { user, system } = process.cpuUsage(cpu);
    return { time: elapsedMs / run.calls, cpu: (user + system) / run.calls };
  },
});
