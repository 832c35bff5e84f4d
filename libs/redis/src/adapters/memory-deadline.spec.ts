import { describe, expect, test } from 'vitest';
import { deferred } from '../../test/support/cache.js';
import type { CodecOptions } from '../domain/codec/codec.options.js';
import { RedisAdapter } from './redis.adapter.js';
import { MemoryAdapter } from './memory.adapter.js';

const KEY = { id: 'k1', secret: 'the secret that is used from now on' };

/** A codec whose key provider resolves when the test calls `answer`. */
function withProvider(): { codec: CodecOptions; answer: () => void } {
  const keys = deferred<(typeof KEY)[]>();
  const provider = { keys: () => keys.promise, primary: async () => KEY.id };
  return { codec: { encryption: { provider, counters: 'plain' } }, answer: () => keys.give([KEY]) };
}

function embedded(): { adapter: RedisAdapter; answer: () => void } {
  const { codec, answer } = withProvider();
  return { adapter: new RedisAdapter('memory://', { codec, resilience: { deadline: '5s' } }), answer };
}

describe('a call of the embedded store that waits for a key provider', () => {
  test('rejects at its deadline, and is not applied when the provider resolves later', async () => {
    const { adapter, answer } = embedded();
    await adapter.incr('n');
    const slow = adapter.set('k', 'text');
    const quick = adapter.with({ deadline: '30ms' });
    const calls = [quick.set('n', 'text'), quick.hset('h', 'f', 'text'), quick.delete('k'), quick.incr('k')];
    for (const result of await Promise.allSettled(calls)) {
      expect(result).toMatchObject({ reason: { code: 'DEADLINE_EXCEEDED', outcome: 'not-sent', retryable: true } });
    }
    answer();
    await slow;
    expect(await adapter.getMany(['n', 'k'])).toEqual([1, 'text']);
    expect(await adapter.has('h')).toBe(false);
  });

  test('rejects at the deadline of with(), or when its signal is aborted', async () => {
    const { adapter, answer } = embedded();
    await expect(adapter.with({ deadline: '20ms' }).set('k', 'text')).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
    const controller = new AbortController();
    const aborted = adapter.with({ signal: controller.signal }).with({ deadline: '4s' }).set('k', 'text');
    controller.abort();
    await expect(aborted).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    const slow = adapter.set('k', 'text');
    answer();
    await slow;
    expect(await adapter.get('k')).toBe('text');
  });

  test('rejects at its own deadline behind a call on the same key with a longer deadline', async () => {
    const { adapter, answer } = embedded();
    const slow = adapter.set('k', 'text');
    await expect(adapter.with({ deadline: '20ms' }).set('k', 5)).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    answer();
    await slow;
    expect(await adapter.get('k')).toBe('text');
  });

  test('rejects with CLOSED when the store is disconnected', async () => {
    const { codec } = withProvider();
    const store = new MemoryAdapter({ store: 'encoded', codec });
    const calls = [store.set('k', 'text'), store.get('k')];
    await store.disconnect();
    for (const result of await Promise.allSettled(calls)) {
      expect(result).toMatchObject({ reason: { code: 'CLOSED', outcome: 'not-sent' } });
    }
  });

  test('rejects when its deadline passes while it decodes', async () => {
    const { codec } = withProvider();
    const sealing = new RedisAdapter('memory://', {
      codec: { encryption: { keys: [KEY] } },
      resilience: { deadline: '20ms' },
    });
    await sealing.set('k', 'text');
    await sealing.hset('h', 'f', 'text');
    const reading = sealing.can.codec?.with(codec) ?? sealing;
    const calls = [reading.get('k'), reading.getMany(['k']), reading.hget('h', 'f'), reading.hgetall('h')];
    for (const result of await Promise.allSettled(calls)) {
      expect(result).toMatchObject({ reason: { code: 'DEADLINE_EXCEEDED' } });
    }
  });
});
