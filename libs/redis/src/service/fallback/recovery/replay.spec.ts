import { beforeEach, describe, expect, test } from 'vitest';
import { SYSTEM_ENVIRONMENT } from '../../../common/time/environment.js';
import { MemoryAdapter } from '../../../adapters/memory.adapter.js';
import type { CacheStore } from '../../../domain/cache-store.js';
import type { EntryStore } from '../../../domain/entry-store.js';
import { resolveFallbackOptions } from '../fallback-options.js';
import { FallbackState } from '../fallback-state.js';
import { deferred } from '../../../../test/support/cache.js';
import { JournaledChanges } from '../entries/journaled-changes.js';
import { Replay } from './replay.js';

const KEYS = 2200;
const keyOf = (index: number): string => `cache:item:${index}`;

let state: FallbackState;

beforeEach(() => {
  state = new FallbackState({
    options: resolveFallbackOptions({}, ''),
    environment: SYSTEM_ENVIRONMENT,
    storage: undefined,
    onOutage: () => {},
  });
});

/** A replay to a store whose `remove` is replaced. */
function replayTo(remove: EntryStore['remove']): Replay {
  const { can } = new MemoryAdapter();
  const primary: Pick<CacheStore, 'can'> = { can: { ...can, entries: can.entries && { ...can.entries, remove } } };
  return new Replay(Object.assign(new MemoryAdapter(), primary), state);
}

function addKeys(): void {
  for (let index = 0; index < KEYS; index++) state.journal.add({ kind: 'key', key: keyOf(index) });
}

describe('the replay of a journal', () => {
  test('has several calls in flight, and removes each key once', async () => {
    addKeys();
    let inFlight = 0;
    let most = 0;
    const removed: string[] = [];
    let replayed = 0;
    await replayTo(async (keys) => {
      most = Math.max(most, ++inFlight);
      await Promise.resolve();
      inFlight--;
      removed.push(...keys);
      return { removed: keys.length, status: 'applied' };
    }).run((count) => void (replayed += count));
    expect({ replayed, journal: state.journal.size, distinct: new Set(removed).size }).toEqual({
      replayed: KEYS,
      journal: 0,
      distinct: KEYS,
    });
    expect(removed).toHaveLength(KEYS);
    expect(most).toBe(4);
  });

  test('rejects after an error, and keeps exactly what the store has not acknowledged', async () => {
    addKeys();
    const acknowledged = new Set<string>();
    const replay = replayTo(async (keys) => {
      await Promise.resolve();
      if (keys.includes(keyOf(600))) throw new Error('closed');
      await Promise.resolve();
      for (const key of keys) acknowledged.add(key);
      return { removed: keys.length, status: 'applied' };
    });
    await expect(replay.run(() => {})).rejects.toThrow('closed');
    const expected = Array.from({ length: KEYS }, (_, index) => keyOf(index)).filter((key) => !acknowledged.has(key));
    expect(acknowledged.size).toBeGreaterThan(0);
    expect(state.journal.entries().map(({ change }) => change.kind === 'key' && change.key)).toEqual(expected);
  });

  test('leaves out a key that changes now, because its removal could follow the newer change', async () => {
    for (const key of ['cache:a', 'cache:b']) state.journal.add({ kind: 'key', key });
    const { promise, give } = deferred<void>();
    const changing = new JournaledChanges(state, () => false).change(['cache:a'], () => promise);
    const removed: string[] = [];
    const replay = replayTo(async (keys) => {
      removed.push(...keys);
      return { removed: keys.length, status: 'applied' };
    });
    await replay.run(() => {});
    expect([removed, state.journal.size]).toEqual([['cache:b'], 1]);
    give();
    await changing;
    await replay.run(() => {});
    expect([removed.includes('cache:a'), state.journal.size]).toEqual([false, 0]);
  });

  test('applies a change again that was made while its removal was in flight', async () => {
    state.journal.add({ kind: 'key', key: 'cache:a' });
    const calls: (readonly string[])[] = [];
    const replay = replayTo(async (keys) => {
      if (calls.length === 0) state.journal.add({ kind: 'key', key: 'cache:a' });
      calls.push(keys);
      return { removed: keys.length, status: 'applied' };
    });
    let replayed = 0;
    await replay.run((count) => void (replayed += count));
    expect(replayed).toBe(2);
    expect(calls).toEqual([['cache:a'], ['cache:a']]);
    expect(state.journal.size).toBe(0);
  });
});
