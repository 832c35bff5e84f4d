import type { Engine } from '../engines/engine-under-test.js';
import { VirtualScheduler } from '../simulation/virtual-scheduler.js';
import { addCounts, NO_COUNTS, type HistoryCounts } from './history-counts.js';
import type { HistoryPlan } from './history-plan.js';
import { randomPlan } from './random-plan.js';
import type { Violation } from './recorder.js';
import { runHistory } from './run-history.js';
import type { SwitchedOff } from './simulation.js';

/** Which histories to run. */
export interface HistoryRange {
  readonly seed: number;
  /** The index of the first history. @default 0 */
  readonly from?: number;
  readonly histories: number;
  /** The mechanism that is switched off. @default none */
  readonly switchedOff?: SwitchedOff | undefined;
  /** Stops after this many broken histories. @default 1 */
  readonly maxBroken?: number;
  readonly onProgress?: (done: number) => void;
}

/** A history with violations. */
export interface BrokenHistory {
  readonly plan: HistoryPlan;
  readonly violations: readonly Violation[];
}

/** What came of many histories. */
export interface HistoriesResult {
  readonly done: number;
  readonly broken: readonly BrokenHistory[];
  readonly counts: HistoryCounts;
}

/** Histories run side by side, so that they share the iterations of the event loop. */
const SIDE_BY_SIDE = 4;
const PROGRESS = 1000;

/** Runs histories until one is broken. */
export async function runHistories(
  engine: Engine,
  { seed, from = 0, histories, switchedOff, maxBroken = 1, onProgress }: HistoryRange,
): Promise<HistoriesResult> {
  const broken: BrokenHistory[] = [];
  let counts = NO_COUNTS;
  let next = from;
  let done = 0;
  const worker = async (): Promise<void> => {
    while (next < from + histories && broken.length < maxBroken) {
      const plan = randomPlan(seed, next++);
      const result = await runHistory(engine, plan, switchedOff);
      counts = addCounts(counts, result.counts);
      if (result.violations.length > 0) broken.push({ plan, violations: result.violations });
      if (++done % PROGRESS === 0) onProgress?.(done);
    }
  };
  await withStrayRejections(() => Promise.all(Array.from({ length: SIDE_BY_SIDE }, worker)));
  return { done, broken: broken.sort((a, b) => a.plan.index - b.plan.index), counts };
}

/** Rejections that nothing handles belong to the history whose step ran. Other listeners do not receive them. */
export async function withStrayRejections<T>(work: () => Promise<T>): Promise<T> {
  const others = process.listeners('unhandledRejection');
  const record = (reason: unknown): void => void VirtualScheduler.active?.strayErrors.push(reason);
  const { stackTraceLimit } = Error;
  process.removeAllListeners('unhandledRejection');
  process.on('unhandledRejection', record);
  // Histories create many errors, and no check reads their stack.
  Error.stackTraceLimit = 0;
  try {
    return await work();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    process.off('unhandledRejection', record);
    for (const listener of others) process.on('unhandledRejection', listener);
  }
}
