import type { Engine } from '../engines/engine-under-test.js';
import type { AnyPlan, AnyResult, AnyViolation, Broken } from './history-kind.js';
import type { BrokenHistory } from './run-histories.js';
import { runHistory } from './run-history.js';
import type { SwitchedOff } from './simulation.js';

/** How many orders of steps to try for a shorter history. */
const ORDERS = 20;

type Run<P extends AnyPlan, V extends AnyViolation> = (plan: P) => Promise<AnyResult<V, unknown>>;

/** Removes events from a broken history of an engine as long as it breaks the same guarantee. */
export function shrink(engine: Engine, broken: BrokenHistory, switchedOff?: SwitchedOff): Promise<BrokenHistory> {
  return shrinkHistory((plan) => runHistory(engine, plan, switchedOff), broken);
}

/**
 * Removes events from a broken history as long as it breaks the same guarantee. The order of the steps depends on the
 * events, so each shorter history is tried with several orders.
 */
export async function shrinkHistory<P extends AnyPlan, V extends AnyViolation>(
  run: Run<P, V>,
  broken: Broken<P, V>,
): Promise<Broken<P, V>> {
  let best = broken;
  for (let at = best.plan.events.length - 1; at >= 0; at--) {
    const events = best.plan.events.filter((_, i) => i !== at);
    best = (await reordered(run, { ...best.plan, events }, best)) ?? best;
  }
  return best;
}

async function reordered<P extends AnyPlan, V extends AnyViolation>(
  run: Run<P, V>,
  shorter: P,
  best: Broken<P, V>,
): Promise<Broken<P, V> | undefined> {
  for (let order = 0; order < ORDERS; order++) {
    const plan = { ...shorter, order: shorter.order + order };
    const { violations } = await run(plan);
    const isSame = violations.some(({ guarantee }) => guarantee === best.violations[0]?.guarantee);
    if (isSame) return { plan, violations };
  }
  return undefined;
}
