import { describe, expect, test } from 'vitest';
import { completeFallback, naiveFallback, referenceFallback } from './engines/reference-fallback.engine.js';
import type { FallbackMechanisms } from './engines/fallback-mechanisms.js';
import { describeOutageHistory } from './histories/describe-outage-history.js';
import { randomOutagePlan } from './histories/random-outage-plan.js';
import { runOutageHistories, shrinkOutageHistory, type BrokenOutageHistory } from './histories/run-outage-histories.js';
import { runOutageHistory } from './histories/run-outage-history.js';

const SEED = 1;

function hasStaleValue({ violations }: BrokenOutageHistory): boolean {
  return violations.some(({ guarantee }) => guarantee === 'F1');
}

describe('the checker of the fallback', { timeout: 300_000 }, () => {
  test('finds that copies without a journal end stale for ever in a third of the histories', async () => {
    const { broken } = await runOutageHistories(naiveFallback, { seed: SEED, histories: 300, maxBroken: 300 });
    expect(broken.filter(hasStaleValue).length).toBeGreaterThan(100);
  });

  test('finds nothing wrong with a small fallback that has all mechanisms', async () => {
    const { broken, done, counts } = await runOutageHistories(completeFallback, { seed: SEED, histories: 1000 });
    expect(broken.map(describeOutageHistory)).toEqual([]);
    expect(done).toBe(1000);
    const { unconfirmedChanges, crashes, dataLosses } = counts;
    for (const count of [unconfirmedChanges, crashes, dataLosses]) expect(count).toBeGreaterThan(100);
  });

  test.each<keyof FallbackMechanisms>([
    'journal',
    'fillGuard',
    'restartFloor',
    'promotionRing',
    'durableJournal',
    'recoveryGate',
  ])('finds what a small fallback without the mechanism %s does wrong', async (mechanism) => {
    const engine = referenceFallback(`without ${mechanism}`, { [mechanism]: false });
    const { broken } = await runOutageHistories(engine, { seed: SEED, histories: 5000 });
    expect(broken).not.toEqual([]);
  });

  test('runs the same history for the same seed and index', async () => {
    const run = (): ReturnType<typeof runOutageHistory> => runOutageHistory(naiveFallback, randomOutagePlan(SEED, 22));
    expect(await run()).toEqual(await run());
  });

  test('removes the events of a broken history that its violation does not need', async () => {
    const { broken } = await runOutageHistories(naiveFallback, { seed: SEED, histories: 100 });
    const [first] = broken;
    if (first === undefined) throw new Error('no history is broken');
    const shrunk = await shrinkOutageHistory(naiveFallback, first);
    expect(shrunk.plan.events.length).toBeLessThan(first.plan.events.length);
    expect(describeOutageHistory(shrunk)).toMatch(/^F\d: [^]*\n +\d+ ms {2}process \d {2}\w+ [^]*\nhistory 1:\d+/);
  });
});
