import type { OutagePlan } from '../histories/outage-plan.js';
import type { OutageSimulation } from '../histories/outage-simulation.js';
import { describeCall, describeValue } from './describe-call.js';
import { invalidationsOf, isInvalidatedBy } from './invalidations.js';
import { isLost, mayBeExecutedLate } from './lost-invalidations.js';

/** F1: what the server holds at the end was not invalidated by a change that resolved. */
export function checkStaleForEver({ recorder }: OutageSimulation, plan: OutagePlan, value: unknown): void {
  const production = recorder.productionOf(value);
  if (production === undefined || mayBeExecutedLate(plan, production)) return;
  const invalidation = invalidationsOf(recorder).find(
    (one) => isInvalidatedBy(production, one) && !isLost(recorder, plan, one),
  );
  if (invalidation === undefined) return;
  recorder.violation(
    'F1',
    `the server holds ${describeValue(production)} for ever, although ${describeCall(invalidation)} resolved at ` +
      `${invalidation.end.ms} ms`,
  );
}
