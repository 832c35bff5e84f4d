import type { Broken, IndexRange, RangeResult } from '../../cache-engine/histories/history-kind.js';
import { runRange, withStrayRejections } from '../../cache-engine/histories/run-histories.js';
import { shrinkHistory } from '../../cache-engine/histories/shrink.js';
import type { FallbackEngine } from '../engines/fallback-engine.js';
import { NO_OUTAGE_COUNTS, type OutageCounts } from './outage-counts.js';
import type { OutagePlan } from './outage-plan.js';
import type { OutageViolation } from './outage-recorder.js';
import type { OutageSwitches } from './outage-simulation.js';
import { randomOutagePlan } from './random-outage-plan.js';
import { runOutageHistory } from './run-outage-history.js';

/** Which histories to run. */
export interface OutageRange extends IndexRange {
  readonly switches?: OutageSwitches | undefined;
}

/** A history with violations. */
export type BrokenOutageHistory = Broken<OutagePlan, OutageViolation>;

/** Runs histories with outages until one is broken. */
export function runOutageHistories(
  engine: FallbackEngine,
  { switches, ...range }: OutageRange,
): Promise<RangeResult<OutagePlan, OutageViolation, OutageCounts>> {
  const run = (plan: OutagePlan): ReturnType<typeof runOutageHistory> => runOutageHistory(engine, plan, switches);
  return runRange({ plan: randomOutagePlan, run, noCounts: NO_OUTAGE_COUNTS }, range);
}

/** Removes the events of a broken history that its violation does not need. */
export function shrinkOutageHistory(
  engine: FallbackEngine,
  broken: BrokenOutageHistory,
  switches?: OutageSwitches,
): Promise<BrokenOutageHistory> {
  return withStrayRejections(() => shrinkHistory((plan) => runOutageHistory(engine, plan, switches), broken));
}
