import type { OutagePlan } from '../histories/outage-plan.js';
import type { OutageRecorder, RowProduction } from '../histories/outage-recorder.js';
import { acknowledgementsOf, type Invalidation } from './invalidations.js';

/**
 * True if no process knows of a change any more, within the stated limits:
 * - The process was killed before the server confirmed the change, and its journal was in memory.
 * - A promotion lost the change, and the process was killed that would have repeated it.
 */
export function isLost(recorder: OutageRecorder, { durability }: OutagePlan, invalidation: Invalidation): boolean {
  if (invalidation.actor.killedAt === undefined) return false;
  const last = acknowledgementsOf(invalidation).at(-1);
  if (last === undefined) return durability === 'memory';
  return recorder.dataLosses.some(({ kind, order }) => kind === 'promotion' && order > last.sent.order);
}

/** True if a `set` may still be executed when no process will repair it: its process was killed with its journal. */
export function mayBeExecutedLate({ durability }: OutagePlan, { set }: RowProduction): boolean {
  return set?.actor.killedAt !== undefined && durability === 'memory';
}
