import { cacheServiceEngine } from '../engines/cache-service.engine.js';
import { describeHistory } from './describe-history.js';
import type { HistoryCounts } from './history-counts.js';
import { randomPlan } from './random-plan.js';
import { runHistories, withStrayRejections, type BrokenHistory, type HistoryRange } from './run-histories.js';
import { runHistory } from './run-history.js';
import { shrink } from './shrink.js';

/** What a thread reports of its histories. */
export interface CheckReport {
  readonly done: number;
  readonly counts: HistoryCounts;
  /** The description of the first broken history, shrunk. */
  readonly broken: string | undefined;
}

/** Runs histories of `CacheService` and describes the first that is broken. */
export async function checkHistories(range: Omit<HistoryRange, 'maxBroken'>): Promise<CheckReport> {
  const { done, counts, broken } = await runHistories(cacheServiceEngine, range);
  const [first] = broken;
  return { done, counts, broken: first === undefined ? undefined : describeHistory(await shrunk(first)) };
}

/** Runs one history. Returns the description of what is wrong with it. */
export async function replayHistory(seed: number, index: number): Promise<string | undefined> {
  const plan = randomPlan(seed, index);
  const { violations } = await withStrayRejections(() => runHistory(cacheServiceEngine, plan));
  return violations.length === 0 ? undefined : describeHistory(await shrunk({ plan, violations }));
}

function shrunk(broken: BrokenHistory): Promise<BrokenHistory> {
  return withStrayRejections(() => shrink(cacheServiceEngine, broken));
}
