import { describe, expect, test } from 'vitest';
import { cacheServiceEngine } from './engines/cache-service.engine.js';
import { describeHistory } from './histories/describe-history.js';
import { runHistories } from './histories/run-histories.js';

/** `npm run check:cache` runs more, with other seeds. */
const HISTORIES = 5000;

describe('CacheService', () => {
  test(`keeps G1 to G5 in ${HISTORIES} random histories of several processes`, { timeout: 120_000 }, async () => {
    const { broken, done, counts } = await runHistories(cacheServiceEngine, { seed: 20, histories: HISTORIES });
    expect(broken.map(describeHistory)).toEqual([]);
    expect(done).toBe(HISTORIES);
    // The histories meet what the guarantees are about.
    const { hits, shared, failedLoads, notStored, callsWithFailures } = counts;
    for (const count of [hits, shared, failedLoads, notStored, callsWithFailures]) expect(count).toBeGreaterThan(100);
  });
});
