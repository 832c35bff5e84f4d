import type { IndexRange } from '../../cache-engine/histories/history-kind.js';
import { withStrayRejections } from '../../cache-engine/histories/run-histories.js';
import { fallbackCacheEngine } from '../engines/fallback-cache.engine.js';
import { describeOutageHistory } from './describe-outage-history.js';
import type { OutageCounts } from './outage-counts.js';
import { randomOutagePlan } from './random-outage-plan.js';
import { runOutageHistories, shrinkOutageHistory, type BrokenOutageHistory } from './run-outage-histories.js';
import { runOutageHistory } from './run-outage-history.js';

/** What a thread reports of its histories. */
export interface OutageReport {
  readonly done: number;
  readonly counts: OutageCounts;
  /** The description of the first broken history, shrunk. */
  readonly broken: string | undefined;
}

/** Runs histories of `FallbackCache` and describes the first that is broken. */
export async function checkHistories(range: Omit<IndexRange, 'maxBroken'>): Promise<OutageReport> {
  const { done, counts, broken } = await runOutageHistories(fallbackCacheEngine, range);
  const [first] = broken;
  return { done, counts, broken: first === undefined ? undefined : await describeShrunk(first) };
}

/** Runs one history. Returns the description of what is wrong with it. */
export async function replayHistory(seed: number, index: number): Promise<string | undefined> {
  const plan = randomOutagePlan(seed, index);
  const { violations } = await withStrayRejections(() => runOutageHistory(fallbackCacheEngine, plan));
  return violations.length === 0 ? undefined : describeShrunk({ plan, violations });
}

async function describeShrunk(broken: BrokenOutageHistory): Promise<string> {
  return describeOutageHistory(await shrinkOutageHistory(fallbackCacheEngine, broken));
}
