import { expect } from 'vitest';
import { cacheServiceEngine } from '../engines/cache-service.engine.js';
import { describeHistory } from './describe-history.js';
import { runHistories } from './run-histories.js';

const SEED = 20;

/** The random histories of one spec file. Several files share them, so that they run on all cores. */
export const HISTORIES_PER_FILE = 25_000;

/** Runs one share of the random histories, and expects that `CacheService` keeps G1 to G5 in them. */
export async function expectGuarantees(share: number): Promise<void> {
  const { broken, done, counts } = await runHistories(cacheServiceEngine, {
    seed: SEED,
    from: share * HISTORIES_PER_FILE,
    histories: HISTORIES_PER_FILE,
  });
  expect(broken.map(describeHistory)).toEqual([]);
  expect(done).toBe(HISTORIES_PER_FILE);
  // The histories meet what the guarantees are about.
  const { hits, shared, failedLoads, notStored, callsWithFailures } = counts;
  for (const count of [hits, shared, failedLoads, notStored, callsWithFailures]) expect(count).toBeGreaterThan(100);
}
