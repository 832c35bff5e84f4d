import type { RedisServer } from 'nestjs-redis-infra/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import type { RedisAdapter } from '../../src/index.js';
import { copyCodecOf } from '../../src/service/cache/near/copy-codec.js';
import { MAX_UNCONFIRMED_MS } from '../../src/domain/entry-store.js';
import { NearCache } from '../../src/service/cache/near/near-cache.js';
import { resolveNear } from '../../src/service/cache/near/near-options.js';
import { seededRandom } from '../../src/testing/compressor-contract/seeded-random.js';
import { eventually } from '../support/eventually.js';
import { resourcesPerTest } from '../support/started.js';

const CODEC = copyCodecOf(undefined);

const started = resourcesPerTest();
const KEYS = Array.from({ length: 20 }, (_, i) => `cache:${i}`);

let server: RedisServer;
let adapter: RedisAdapter;
let writer: RedisAdapter;
let near: NearCache;

beforeEach(async () => {
  server = await started.server();
  adapter = started.adapter(server.url);
  writer = started.adapter(server.url);
  const options = resolveNear(true, 'near');
  if (options === undefined) throw new Error('near is off');
  near = new NearCache({
    options,
    feed: adapter.can.feed,
    rootPrefix: 'cache:',
    isDecoding: true,
    onVersions: () => {},
    onUntracked: (refusal) => {
      throw new Error('the feed was refused', { cause: refusal });
    },
  });
  started.undo(() => near.close());
  await Promise.all([adapter.connect(), writer.connect()]);
  await eventually(() => near.confirmedMs > -Infinity);
});

/** Reads a value as a cache does: the copy, or else the value of the server, of which a copy is kept. */
async function read(key: string, onHit: (value: number) => void): Promise<void> {
  const copy = near.peek(key, performance.now(), undefined);
  if (copy !== undefined) return onHit(copy.value<number>());
  const token = near.beginFill(key);
  const value = await adapter.get<number>(key).catch(() => undefined);
  if (value === undefined) return near.abandonFill(token);
  const { kept } = near.divide(token, value, CODEC);
  near.endFill(token, { kept, codec: CODEC, freshUntilMs: Infinity, clock: undefined }, performance.now());
}

describe('near copies of a server that another client changes', () => {
  test('are never used later than a second after the change, also when feeds are killed', async () => {
    const random = seededRandom(7);
    const keyAtRandom = (): string => KEYS[Math.floor(random() * KEYS.length)] ?? '';
    const current = new Map<string, number>();
    const replacedMs = new Map<number, number>();
    const endMs = performance.now() + 4000;
    let [hits, late, writes] = [0, 0, 0];
    const onHit = (value: number): void => {
      hits++;
      if (performance.now() - (replacedMs.get(value) ?? Infinity) > MAX_UNCONFIRMED_MS) late++;
    };
    const reading = async (): Promise<void> => {
      while (performance.now() < endMs) {
        for (let i = 0; i < 20; i++) await read(keyAtRandom(), onHit);
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const writing = async (): Promise<void> => {
      while (performance.now() < endMs) {
        const key = keyAtRandom();
        const value = ++writes;
        const replaced = current.get(key);
        await writer.set(key, value);
        if (replaced !== undefined) replacedMs.set(replaced, performance.now());
        current.set(key, value);
        if (value % 400 === 0) await server.command('CLIENT', 'KILL', 'TYPE', 'pubsub');
      }
    };
    await Promise.all([reading(), reading(), reading(), writing()]);
    const lastMs = performance.now();
    await eventually(() => near.confirmedMs > lastMs, 10_000);
    const stale = KEYS.filter((key) => {
      const copy = near.find(key);
      return copy !== undefined && copy.value<number>() !== current.get(key);
    });
    expect({ late, stale }).toEqual({ late: 0, stale: [] });
    expect(Math.min(hits, writes)).toBeGreaterThan(200);
  });

  test('end with the change, and are kept again by the next read', async () => {
    await adapter.set('cache:k', 1);
    const nowMs = performance.now();
    await eventually(() => near.confirmedMs > nowMs);
    await read('cache:k', () => {});
    const first = near.peek('cache:k', performance.now(), undefined);
    expect(first && first.value<number>()).toBe(1);
    await server.command('SET', 'cache:k', '2');
    await eventually(() => near.find('cache:k') === undefined);
    await read('cache:k', () => {});
    const second = near.peek('cache:k', performance.now(), undefined);
    expect(second && second.value<number>()).toBe(2);
  });
});
