// Either the process that holds a near copy, or the one that writes.
import { setImmediate as nextTick } from 'node:timers/promises';
import { CacheService } from '../../libs/redis/dist/esm/index.js';
import { serve } from '../harness/served-process.mjs';
import { holdCopy } from './hold-copy.mjs';

/** The monotonic clock of the machine, which its processes share. */
const nowMs = () => Number(process.hrtime.bigint()) / 1e6;

let cache;

serve({
  async open({ redis, near }) {
    cache = new CacheService(`redis://${redis.host}:${redis.port}`, { near });
    await cache.connect();
  },
  /** Resolves when the process holds a copy of the key. */
  hold: ({ key }) => holdCopy(cache, key),
  /** The time at which the copy of `value` is no longer used. */
  async removedMs({ key, value }) {
    while (cache.peek(key) === value) await nextTick();
    return nowMs();
  },
  /** The time at which the write is acknowledged. */
  async write({ key, value }) {
    await cache.set(key, value);
    return nowMs();
  },
});
