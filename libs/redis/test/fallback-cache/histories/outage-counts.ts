import type { OutageSimulation } from './outage-simulation.js';
import { isChange, isConfirmed } from '../invariants/invalidations.js';

/** What the calls of histories met. A checker whose histories never meet a situation checks nothing of it. */
export interface OutageCounts {
  readonly calls: number;
  readonly changes: number;
  /** Changes that resolved before the server confirmed them. */
  readonly unconfirmedChanges: number;
  readonly crashes: number;
  /** Restarts and promotions. */
  readonly dataLosses: number;
}

/** The counts of no history. */
export const NO_OUTAGE_COUNTS: OutageCounts = {
  calls: 0,
  changes: 0,
  unconfirmedChanges: 0,
  crashes: 0,
  dataLosses: 0,
};

/** Counts what one history met. */
export function outageCounts({ recorder, participants }: OutageSimulation): OutageCounts {
  const changes = recorder.calls.filter(isChange);
  return {
    calls: recorder.calls.length,
    changes: changes.length,
    unconfirmedChanges: changes.filter((call) => call.end !== undefined && !isConfirmed(call)).length,
    crashes: participants.filter(({ killedAt }) => killedAt !== undefined).length,
    dataLosses: recorder.dataLosses.length,
  };
}
