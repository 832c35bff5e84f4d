import { Redis } from 'ioredis';
import { createCodec } from '../../libs/redis/build/adapters/codec/create-codec.js';

export const label = 'coalesced ioredis';

const MAX_KEYS = 64;

/**
 * The same coalesced read without anything else: the reads of a tick as one MGET, equal keys fetched once,
 * values decoded by the same codec; no deadline, no circuit, no limit, no retry.
 */
export async function open({ host, port }) {
  const redis = new Redis({ host, port });
  redis.on('error', () => {});
  await redis.ping();
  const codec = createCodec();
  let waiting = new Map();

  async function flush() {
    const reads = waiting;
    waiting = new Map();
    try {
      const values = await redis.mgetBuffer([...reads.keys()]);
      let index = 0;
      for (const [key, callers] of reads) {
        const bytes = values[index++];
        for (const { resolve } of callers) resolve(bytes === null ? undefined : codec.decode(bytes, { key }).value);
      }
    } catch (error) {
      for (const callers of reads.values()) for (const { reject } of callers) reject(error);
    }
  }

  const flushLater = () => {
    if (waiting.size > 0) void flush();
  };

  return {
    get: (key) =>
      new Promise((resolve, reject) => {
        const caller = { resolve, reject };
        const callers = waiting.get(key);
        if (callers !== undefined) return void callers.push(caller);
        if (waiting.size === 0) setImmediate(flushLater);
        waiting.set(key, [caller]);
        if (waiting.size === MAX_KEYS) void flush();
      }),
    decode: (value) => value,
    set: (key, value) => redis.set(key, JSON.stringify(value)),
  };
}
