import { beforeEach, describe, expect, test } from 'vitest';
import { ServerTimes } from './server-times.js';

/** The server time at the start of each test, in milliseconds. */
const START_MS = 1_000_000;

let nowMs: number;
/** How far the server clock is ahead of its value at the start plus the monotonic clock. */
let stepMs: number;
let owner: string | undefined;
let queries: (string | undefined)[];
let failure: Error | undefined;
let times: ServerTimes;

beforeEach(() => {
  nowMs = 5000;
  stepMs = 0;
  owner = 'a';
  queries = [];
  failure = undefined;
  times = new ServerTimes({
    clock: { monotonicMs: () => nowMs, wallMs: () => expect.fail('the wall clock was read') },
    nodeOf: () => owner,
    query: async (node) => {
      queries.push(node);
      if (failure !== undefined) throw failure;
      const us = (START_MS + nowMs - 5000 + stepMs) * 1000;
      return [String(Math.floor(us / 1_000_000)), String(us % 1_000_000)].map((text) => Buffer.from(text));
    },
  });
});

describe('the server time', () => {
  test('is unknown before a reply, and then moves with the monotonic clock', async () => {
    expect(times.nowMs('key')).toBeUndefined();
    expect(await times.now('key')).toBe(START_MS);
    nowMs += 1234.9;
    expect(times.nowMs('key')).toBe(START_MS + 1234);
  });

  test('is queried once for callers at the same time', async () => {
    times.prepare('key');
    times.prepare('key');
    expect(await Promise.all([times.whenKnown('key'), times.whenKnown('key')])).toEqual([START_MS, START_MS]);
    expect(queries).toEqual(['a']);
  });

  test('is queried again after a minute, without waiting, and follows a clock that was set', async () => {
    await times.now('key');
    nowMs += 59_999;
    times.prepare('key');
    expect(queries).toHaveLength(1);
    nowMs += 1;
    stepMs = -10_000;
    times.prepare('key');
    expect(times.nowMs('key')).toBe(START_MS + 60_000);
    await times.whenKnown('key');
    await Promise.resolve();
    expect(queries).toHaveLength(2);
    await expect.poll(() => times.nowMs('key')).toBe(START_MS + 50_000);
  });

  test('is learned from other replies, which postpone the next query', async () => {
    times.learn('key', START_MS * 1000, nowMs);
    nowMs += 59_999;
    times.prepare('key');
    expect([queries.length, times.nowMs('key')]).toEqual([0, START_MS + 59_999]);
  });

  test('is unknown again after a disconnect', async () => {
    await times.now('key');
    times.forget();
    expect(times.nowMs('key')).toBeUndefined();
    expect(await times.now('key')).toBe(START_MS);
    expect(queries).toHaveLength(2);
  });

  test('is that of the node that owns the key now', async () => {
    await times.now('key');
    owner = 'b';
    expect(times.nowMs('key')).toBeUndefined();
    stepMs = 7000;
    expect(await times.now('key')).toBe(START_MS + 7000);
    owner = 'a';
    expect(times.nowMs('key')).toBe(START_MS);
    expect(queries).toEqual(['a', 'b']);
  });

  test('is queried once the node is known', async () => {
    owner = undefined;
    times.prepare('key');
    expect(queries).toEqual([]);
    const known = times.whenKnown('key');
    owner = 'a';
    expect(await known).toBe(START_MS);
    expect(queries).toEqual([undefined, 'a']);
  });

  test('rejects if the server refuses the query, and is queried by the next call', async () => {
    failure = new Error('refused');
    times.prepare('key');
    await expect(times.whenKnown('key')).rejects.toBe(failure);
    failure = undefined;
    expect(await times.now('key')).toBe(START_MS);
  });
});
