import { describe, expect, test } from 'vitest';
import { fallbackCacheEngine } from './engines/fallback-cache.engine.js';
import { describeOutageHistory } from './histories/describe-outage-history.js';
import { runOutageHistories } from './histories/run-outage-histories.js';

/** `npm run check:fallback` runs more, with other seeds. */
const HISTORIES = 3000;

describe('FallbackCache', () => {
  test(`leaves nothing stale for ever in ${HISTORIES} random histories of outages`, { timeout: 300_000 }, async () => {
    const { broken, done, counts } = await runOutageHistories(fallbackCacheEngine, { seed: 46, histories: HISTORIES });
    expect(broken.map(describeOutageHistory)).toEqual([]);
    expect(done).toBe(HISTORIES);
    // The histories meet what the properties are about.
    const { unconfirmedChanges, crashes, dataLosses } = counts;
    for (const count of [unconfirmedChanges, crashes, dataLosses]) expect(count).toBeGreaterThan(500);
  });
});
