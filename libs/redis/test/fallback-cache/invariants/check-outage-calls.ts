import { RedisInfraError } from '../../../src/common/redis-infra.error.js';
import type { OutagePlan } from '../histories/outage-plan.js';
import type { OutageActor, OutageCall, OutageRecorder, RowProduction } from '../histories/outage-recorder.js';
import type { OutageSimulation } from '../histories/outage-simulation.js';
import { describeCall, describeValue } from './describe-call.js';
import {
  acknowledgementsOf,
  invalidationsOf,
  isConfirmed,
  isInvalidatedBy,
  type Invalidation,
} from './invalidations.js';
import { isLost, mayBeExecutedLate } from './lost-invalidations.js';

/** What a read may take, and how long a value may be on the way: a deadline, a load, and the network. */
const TOLERANCE_MS = 2000;

interface Read {
  readonly call: OutageCall;
  readonly production: RowProduction;
}

/** Checks every call of a history that has ended. */
export function checkOutageCalls({ recorder }: OutageSimulation, plan: OutagePlan): void {
  const invalidations = invalidationsOf(recorder).filter((one) => !isLost(recorder, plan, one));
  for (const call of recorder.calls) {
    checkOutcome(recorder, call);
    const production = productionRead(recorder, call);
    if (production === undefined || isBeyondControl(plan, call.actor, production)) continue;
    const read = { call, production };
    checkOwnChanges(recorder, plan, read, invalidations);
    if (recorder.dataLosses.length === 0) checkAge(recorder, plan, read, invalidations);
  }
}

function productionRead(recorder: OutageRecorder, { outcome, rows }: OutageCall): RowProduction | undefined {
  if (rows.size > 0 || outcome === undefined || !('value' in outcome)) return undefined;
  return recorder.productionOf(outcome.value);
}

/** Another process repairs its `set` of unknown outcome when it recovers, and not before. */
function isBeyondControl(plan: OutagePlan, reader: OutageActor, production: RowProduction): boolean {
  const { set } = production;
  if (set === undefined) return false;
  return mayBeExecutedLate(plan, production) || (set.actor !== reader && !isConfirmed(set));
}

/** F3: no call rejects while the server is unavailable. */
function checkOutcome(recorder: OutageRecorder, call: OutageCall): void {
  const { outcome, actor } = call;
  if (outcome === undefined || !('error' in outcome)) return;
  const { error } = outcome;
  if (actor.isClosing && error instanceof RedisInfraError && error.code === 'CLOSED') return;
  recorder.violation('F3', `${describeCall(call)} rejects: ${String(error)}`);
}

/** F2: a process does not read what it deleted or replaced before. */
function checkOwnChanges(
  recorder: OutageRecorder,
  plan: OutagePlan,
  { call, production }: Read,
  invalidations: readonly Invalidation[],
): void {
  const own = invalidations.find(
    (one) =>
      one.end.order < call.begin.order &&
      isInvalidatedBy(production, one) &&
      (one.actor === call.actor || isInherited(plan, call.actor, one)),
  );
  if (own === undefined) return;
  recorder.violation(
    'F2',
    `${describeCall(call)} returns ${describeValue(production)} after ${describeCall(own)} of the same process`,
  );
}

/** A process that is started again finds the changes in its journal that the server has not confirmed. */
function isInherited({ durability }: OutagePlan, reader: OutageActor, change: Invalidation): boolean {
  const isEarlierStart = change.actor.place === reader.place && change.actor.killedAt !== undefined;
  return durability === 'file' && isEarlierStart && acknowledgementsOf(change).length === 0;
}

/** F4: a value that was invalidated on the server is not returned for longer than `maxStale`. */
function checkAge(
  recorder: OutageRecorder,
  { maxStaleMs }: OutagePlan,
  { call, production }: Read,
  invalidations: readonly Invalidation[],
): void {
  const toleranceMs = TOLERANCE_MS + call.actor.pausedMs;
  const old = invalidations.find((one) => {
    const applied = acknowledgementsOf(one)[0]?.received;
    const isOld = applied !== undefined && call.begin.ms > applied.ms + maxStaleMs + toleranceMs;
    return isOld && isInvalidatedBy(production, one);
  });
  if (old === undefined) return;
  recorder.violation(
    'F4',
    `${describeCall(call)} returns ${describeValue(production)}, longer than maxStale after ${describeCall(old)}`,
  );
}
