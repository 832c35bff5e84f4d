import { describe, expect, test } from 'vitest';
import { FeedRecorder } from '../../../test/support/feed-recorder.js';
import { MemoryAdapter } from '../memory.adapter.js';

describe('the feed of the embedded store', () => {
  test('reports changes, expiry and eviction in the same step, and is always up to date', async () => {
    let nowMs = 0;
    const clock = { monotonicMs: () => nowMs, wallMs: () => nowMs };
    const store = new MemoryAdapter({ keyPrefix: 'app:', maxEntries: 3 }, clock);
    const recorder = new FeedRecorder(store);
    await store.connect();
    expect(recorder.confirmedMs).toBe(Infinity);
    expect(recorder.reports.splice(0)).toEqual([null]);
    await store.set('cache:k', 1, 10);
    await store.expire('cache:k', 20);
    await store.incr('cache:n');
    await store.hset('cache:h', 'f', 1);
    await store.hdel('cache:h', 'f');
    await store.set('other:k', 1);
    expect(recorder.reports.splice(0)).toEqual(['cache:k', 'cache:k', 'cache:n', 'cache:h', 'cache:h']);
    nowMs = 30_000;
    expect(await store.get('cache:k')).toBeUndefined();
    await store.delete('cache:n');
    expect(recorder.reports.splice(0)).toEqual(['cache:k', 'cache:n']);
    await store.set('cache:oldest', 1);
    for (const key of ['other:1', 'other:2', 'other:3']) await store.set(key, 1);
    expect(recorder.reports.splice(0)).toEqual(['cache:oldest', 'cache:oldest']);
    await store.set('cache:last', 1);
    await store.clear();
    expect(recorder.reports.splice(0)).toEqual(['cache:last', 'cache:last']);
  });

  test('is not confirmed after disconnect, and reports any key at the next connect', async () => {
    const store = new MemoryAdapter();
    const recorder = new FeedRecorder(store);
    expect(recorder.isConfirmed).toBe(false);
    await store.set('cache:k', 1);
    expect(recorder.isConfirmed).toBe(true);
    await store.disconnect();
    expect(recorder.isConfirmed).toBe(false);
    recorder.reports.length = 0;
    await store.connect();
    expect([recorder.isConfirmed, recorder.reports]).toEqual([true, [null]]);
    recorder.close();
    expect(recorder.isConfirmed).toBe(false);
  });
});
