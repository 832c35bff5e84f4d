import type { Engine } from '../engines/engine-under-test.js';
import { VirtualScheduler } from '../simulation/virtual-scheduler.js';
import { NO_COUNTS, type HistoryCounts } from './history-counts.js';
import {
  addCounts,
  type AnyPlan,
  type AnyViolation,
  type Broken,
  type HistoryKind,
  type IndexRange,
  type RangeResult,
} from './history-kind.js';
import type { HistoryPlan } from './history-plan.js';
import { randomPlan } from './random-plan.js';
import type { Violation } from './recorder.js';
import { runHistory } from './run-history.js';
import type { SwitchedOff } from './simulation.js';

/** Which histories of an engine to run. */
export interface HistoryRange extends IndexRange {
  /** The mechanism that is switched off. @default none */
  readonly switchedOff?: SwitchedOff | undefined;
}

/** A history with violations. */
export type BrokenHistory = Broken<HistoryPlan, Violation>;

/** What came of many histories. */
export type HistoriesResult = RangeResult<HistoryPlan, Violation, HistoryCounts>;

/** Histories run side by side, so that they share the iterations of the event loop. */
const SIDE_BY_SIDE = 4;
const PROGRESS = 1000;

/** Runs histories of an engine until one is broken. */
export function runHistories(engine: Engine, { switchedOff, ...range }: HistoryRange): Promise<HistoriesResult> {
  const run = (plan: HistoryPlan): ReturnType<typeof runHistory> => runHistory(engine, plan, switchedOff);
  return runRange({ plan: randomPlan, run, noCounts: NO_COUNTS }, range);
}

/** Runs histories of any kind until one is broken. */
export async function runRange<P extends AnyPlan, V extends AnyViolation, C extends object>(
  kind: HistoryKind<P, V, C>,
  { seed, from = 0, histories, maxBroken = 1, onProgress }: IndexRange,
): Promise<RangeResult<P, V, C>> {
  const broken: Broken<P, V>[] = [];
  let counts = kind.noCounts;
  let next = from;
  let done = 0;
  const worker = async (): Promise<void> => {
    while (next < from + histories && broken.length < maxBroken) {
      const plan = kind.plan(seed, next++);
      const result = await kind.run(plan);
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
