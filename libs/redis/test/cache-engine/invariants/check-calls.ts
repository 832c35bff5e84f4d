import type { HistoryPlan } from '../histories/history-plan.js';
import { hasFailedBetween, type RecordedCall, type Recorder } from '../histories/recorder.js';
import { checkFencing } from './check-fencing.js';
import { checkFreshness } from './check-freshness.js';
import { checkWaiting } from './check-waiting.js';
import { checkWindows } from './check-windows.js';
import type { ReturnedValue } from './returned-value.js';

/** Checks every call of a history that has ended. */
export function checkCalls(recorder: Recorder, plan: HistoryPlan): void {
  const mutations = recorder.calls.filter(isAcknowledgedMutation);
  for (const call of recorder.calls) {
    checkWaiting(recorder, call);
    const returned = returnedValue(recorder, call);
    if (returned === undefined || hasFailedBetween(call.actor, call.begin, returned.call.end)) continue;
    checkFencing(recorder, returned, { mutations, times: plan.times });
    checkFreshness(recorder, returned);
    checkWindows(recorder, returned, plan.times);
  }
}

function returnedValue(recorder: Recorder, call: RecordedCall): ReturnedValue | undefined {
  const { event, end, outcome } = call;
  if (end === undefined || outcome === undefined || !('value' in outcome)) return undefined;
  if (event.kind !== 'get' && event.kind !== 'getOrSet') return undefined;
  const production = recorder.productionOf(outcome.value);
  return production === undefined ? undefined : { call: { ...call, end }, production };
}

/** A mutation counts if the store has confirmed every step of it. */
function isAcknowledgedMutation({ event, actor, begin, end, outcome }: RecordedCall): boolean {
  if (event.kind === 'get' || event.kind === 'getOrSet') return false;
  if (end === undefined || outcome === undefined || 'error' in outcome) return false;
  return !hasFailedBetween(actor, begin, end);
}
