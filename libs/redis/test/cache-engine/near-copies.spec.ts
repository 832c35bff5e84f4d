import { describe, expect, test } from 'vitest';
import { cacheServiceEngine } from './engines/cache-service.engine.js';
import { nearReferenceEngine } from './engines/near-reference.engine.js';
import type { HistoryPlan } from './histories/history-plan.js';
import { FEED_MECHANISMS } from './histories/mechanisms.js';
import { randomPlan } from './histories/random-plan.js';
import { withStrayRejections } from './histories/run-histories.js';
import { runHistory } from './histories/run-history.js';

const A = { namespace: 'root', key: 'a', process: 0 } as const;

/** Another program writes during a gap of the feed; the process reads its copy more than a second later. */
function gapPlan(gapMs: number): HistoryPlan {
  const { times, ...plan } = randomPlan(1, 0);
  return {
    ...plan,
    nearProcesses: [true],
    times: { ...times, ttlMs: 60_000 },
    lossOnceIn: 0,
    events: [
      { ...A, kind: 'foreignWrite', atMs: 0 },
      { ...A, kind: 'get', atMs: 1300 },
      { kind: 'feedGap', process: 0, ms: gapMs, atMs: 1700 },
      { ...A, kind: 'foreignWrite', atMs: 1900 },
      { ...A, kind: 'get', atMs: 4000 },
    ],
  };
}

describe.each([cacheServiceEngine, nearReferenceEngine])(
  'the interleaving checker, with near copies of $name and a gap of the feed,',
  (engine) => {
    test.each([300, 5000])('finds nothing wrong after a gap of %i ms if all mechanisms are on', async (gapMs) => {
      const { violations } = await withStrayRejections(() => runHistory(engine, gapPlan(gapMs)));
      expect(violations).toEqual([]);
    });

    test.each(FEED_MECHANISMS)('finds that $breaks breaks without the mechanism: $name', async (mechanism) => {
      const gapMs = mechanism.switchedOff.feed?.forgetsGaps === true ? 300 : 5000;
      const run = (): ReturnType<typeof runHistory> => runHistory(engine, gapPlan(gapMs), mechanism.switchedOff);
      const { violations } = await withStrayRejections(run);
      expect(violations.map(({ guarantee }) => guarantee)).toContain(mechanism.breaks);
    });
  },
);
