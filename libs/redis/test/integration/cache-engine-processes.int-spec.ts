import { RedisServer } from 'nestjs-redis-infra/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { EntryOptions } from '../../src/index.js';
import { CacheProcess, type LoadCalls } from '../support/cache-process.js';
import { eventually } from '../support/eventually.js';

let server: RedisServer;
let first: CacheProcess;
let second: CacheProcess;

beforeAll(async () => {
  server = await RedisServer.start();
  [first, second] = await Promise.all([CacheProcess.start(server.url), CacheProcess.start(server.url)]);
});
afterAll(() => {
  for (const each of [first, second]) each?.kill();
  return server.stop();
});
beforeEach(() => server.command('FLUSHALL'));

describe('two processes', () => {
  test('with 100 cold callers each run one load in all, and every caller gets its value', async () => {
    const calls = { key: 'k', calls: 100, ms: 100 };
    const reports = await Promise.all([
      first.load({ ...calls, value: 'of the first' }),
      second.load({ ...calls, value: 'of the second' }),
    ]);
    const [{ results, loads }, other] = reports;
    expect(loads + other.loads).toBe(1);
    expect(results).toEqual(loads === 1 ? { 'of the first': 100 } : { 'of the second': 100 });
    expect(other.results).toEqual(results);
  });

  test('run one load after another if the loader fails, and each process rejects its callers with its own error', async () => {
    const calls = { key: 'k', calls: 50, ms: 50 };
    const [one, two] = await Promise.all([
      first.load({ ...calls, fail: 'first failed' }),
      second.load({ ...calls, fail: 'second failed' }),
    ]);
    expect(one).toEqual({ loads: 1, results: { 'first failed': 50 } });
    expect(two).toEqual({ loads: 1, results: { 'second failed': 50 } });
  });

  test('run one load in all for 50 callers each of a failing loader with errorTtl', async () => {
    const calls: LoadCalls = { key: 'k', calls: 50, ms: 50, fail: 'failed', options: { errorTtl: '1m' } };
    const [one, two] = await Promise.all([first.load(calls), second.load(calls)]);
    expect(one.loads + two.loads).toBe(1);
    expect([one.results, two.results]).toContainEqual({ failed: 50 });
    expect([one.results, two.results]).toContainEqual({ LOAD_FAILED: 50 });
  });

  test('do not store the value of a load that another process fenced with delete, and its later callers load again', async () => {
    const loading = first.load({ key: 'k', value: 'old', hold: true });
    await first.begun('k');
    await second.call('delete', 'k');
    const later = [first.load({ key: 'k', value: 'new' }), second.load({ key: 'k', value: 'new' })];
    expect((await Promise.all(later)).map(({ results }) => results)).toEqual([{ new: 1 }, { new: 1 }]);
    await first.release('k');
    expect((await loading).results).toEqual({ old: 1 });
    expect(await Promise.all([first.call('get', 'k'), second.call('get', 'k')])).toEqual(['new', 'new']);
  });

  test('do not store the value of a load that its own process fenced with delete', async () => {
    const loading = first.load({ key: 'k', value: 'old', hold: true });
    await first.begun('k');
    await first.call('delete', 'k');
    await first.release('k');
    expect((await loading).results).toEqual({ old: 1 });
    expect(await Promise.all([first.call('get', 'k'), second.call('get', 'k')])).toEqual([undefined, undefined]);
  });

  test.each<[string, (other: CacheProcess) => Promise<unknown>]>([
    ['set', (other) => other.call('set', 'k', 'newer')],
    ['invalidateTags', (other) => other.call('invalidateTags', 'tag')],
    ['flush', (other) => other.call('flush')],
  ])('do not store the value of a load that another process fenced with %s', async (_, change) => {
    const loading = first.load({ key: 'k', value: 'old', hold: true, options: { tags: ['tag'] } });
    await first.begun('k');
    await change(second);
    await first.release('k');
    expect((await loading).results).toEqual({ old: 1 });
    for (const each of [first, second]) expect(await each.call('get', 'k')).not.toBe('old');
  });

  test('free the key when a loader never settles: the callers get LOAD_TIMEOUT, and the other process loads', async () => {
    const options: EntryOptions = { loadTimeout: '300ms', lockTimeout: '5s' };
    const hanging = first.load({ key: 'k', calls: 20, hold: true, options });
    await first.begun('k');
    const waiting = second.load({ key: 'k', calls: 20, value: 'loaded', options });
    expect(await hanging).toEqual({ loads: 1, results: { LOAD_TIMEOUT: 20 } });
    expect(await waiting).toEqual({ loads: 1, results: { loaded: 20 } });
    await first.release('k');
    expect(await first.call('get', 'k')).toBe('loaded');
  });
});

test('a process loads at the end of the lease of one that was killed during its load', async () => {
  const killed = await CacheProcess.start(server.url);
  void killed.load({ key: 'k', value: 'lost', hold: true });
  await killed.begun('k');
  const waiting = second.load({ key: 'k', calls: 10, value: 'loaded' });
  await eventually(async () => String(await server.command('CLIENT', 'LIST', 'TYPE', 'PUBSUB')) !== '');
  killed.kill();
  expect(await waiting).toEqual({ loads: 1, results: { loaded: 10 } });
  expect(await second.call('get', 'k')).toBe('loaded');
});
