import { describe, expect, test, vi } from 'vitest';
import { InvalidationJournal } from '../../src/service/fallback/journal/invalidation-journal.js';
import { withStrayRejections } from '../cache-engine/histories/run-histories.js';
import { fallbackCacheEngine } from './engines/fallback-cache.engine.js';
import { OUTAGE_MECHANISMS } from './histories/outage-mechanisms.js';
import type { OutagePlan } from './histories/outage-plan.js';
import { runOutageHistories } from './histories/run-outage-histories.js';
import { runOutageHistory } from './histories/run-outage-history.js';

/** The most histories until the checker must have found what breaks. */
const HISTORIES = 6000;

describe('the checker of the fallback', () => {
  test.each(OUTAGE_MECHANISMS)(
    'finds that FallbackCache breaks $breaks without the mechanism: $name',
    { timeout: 300_000 },
    async ({ breaks, switches }) => {
      const found = new Set<string>();
      for (let from = 0; from < HISTORIES && !found.has(breaks); from += 100) {
        const range = { seed: 1, from, histories: 100, maxBroken: 100, switches };
        const { broken } = await runOutageHistories(fallbackCacheEngine, range);
        for (const { guarantee } of broken.flatMap(({ violations }) => violations)) found.add(guarantee);
      }
      expect([...found]).toContain(breaks);
    },
  );
});

const A = { namespace: 'root', key: 'a' } as const;
/** The replay removes all keys together, so it ends with the slowest reply. */
const OTHERS = Array.from({ length: 20 }, (_, i) => ({ namespace: 'root', key: `other-${i}` }) as const);

/** A key changes again, and cannot be removed, between its removal by the replay and the end of the replay. */
function changedDuringReplay(order: number): OutagePlan {
  return {
    seed: 1,
    index: 1,
    order,
    processes: 2,
    durability: 'memory',
    maxStaleMs: 60_000,
    journalLimit: 1000,
    events: [
      { ...A, kind: 'getOrSet', loadMs: 1, atMs: 300, process: 0 },
      { kind: 'refuseWrites', ms: 100, atMs: 500, process: 0 },
      { ...A, kind: 'delete', atMs: 510, process: 0 },
      ...OTHERS.map((key) => ({ ...key, kind: 'delete', atMs: 511, process: 0 }) as const),
      { ...A, kind: 'getOrSet', loadMs: 1, atMs: 730, process: 1 },
      { kind: 'refuseWrites', ms: 300, atMs: 750, process: 0 },
      { ...A, kind: 'delete', atMs: 755, process: 0 },
    ],
  };
}

describe('the checker of the fallback, when a key changes during the replay,', { timeout: 120_000 }, () => {
  const ORDERS = 60;
  const brokenOrders = (): Promise<number> =>
    withStrayRejections(async () => {
      let broken = 0;
      for (let order = 0; order < ORDERS; order++) {
        const { violations } = await runOutageHistory(fallbackCacheEngine, changedDuringReplay(order));
        if (violations.some(({ guarantee }) => guarantee === 'F1')) broken++;
      }
      return broken;
    });

  test('finds nothing wrong if an entry is settled only when that very entry was acknowledged', async () => {
    expect(await brokenOrders()).toBe(0);
  });

  test('finds that F1 breaks if an acknowledgement also settles a newer entry of the key', async () => {
    const { settleBatch } = InvalidationJournal.prototype;
    const settling = vi.spyOn(InvalidationJournal.prototype, 'settleBatch').mockImplementation(function (
      this: InvalidationJournal,
      batch,
    ) {
      settleBatch.call(this, batch);
      this.settle(batch.keys.flatMap((key) => this.keyEntry(key) ?? []));
    });
    try {
      expect(await brokenOrders()).toBeGreaterThan(0);
    } finally {
      settling.mockRestore();
    }
  });
});
