import type { Engine } from '../engines/engine-under-test.js';
import type { HistoryPlan } from './history-plan.js';
import type { BrokenHistory } from './run-histories.js';
import { runHistory } from './run-history.js';
import type { SwitchedOff } from './simulation.js';

/** How many orders of steps to try for a shorter history. */
const ORDERS = 20;

/**
 * Removes events from a broken history as long as it breaks the same guarantee. The order of the steps depends on the
 * events, so each shorter history is tried with several orders.
 */
export async function shrink(engine: Engine, broken: BrokenHistory, switchedOff?: SwitchedOff): Promise<BrokenHistory> {
  let best = broken;
  for (let at = best.plan.events.length - 1; at >= 0; at--) {
    const events = best.plan.events.filter((_, i) => i !== at);
    best = (await reordered(engine, { plan: { ...best.plan, events }, best, switchedOff })) ?? best;
  }
  return best;
}

async function reordered(
  engine: Engine,
  attempt: { readonly plan: HistoryPlan; readonly best: BrokenHistory; readonly switchedOff: SwitchedOff | undefined },
): Promise<BrokenHistory | undefined> {
  const { best, switchedOff } = attempt;
  for (let order = 0; order < ORDERS; order++) {
    const plan = { ...attempt.plan, order: attempt.plan.order + order };
    const { violations } = await runHistory(engine, plan, switchedOff);
    const isSame = violations.some(({ guarantee }) => guarantee === best.violations[0]?.guarantee);
    if (isSame) return { plan, violations };
  }
  return undefined;
}
