import { hasFailedBetween, type RecordedCall, type Recorder } from './recorder.js';

/** What the calls of histories met. A checker whose histories never meet a situation checks nothing of it. */
export interface HistoryCounts {
  readonly calls: number;
  readonly loads: number;
  /** Reads of a value that no load of theirs produced. */
  readonly hits: number;
  /** Reads that ended at the moment they began: near copies. */
  readonly immediate: number;
  /** Callers that received the value of another caller's load. */
  readonly shared: number;
  readonly failedLoads: number;
  /** Values of loads that were never stored. */
  readonly notStored: number;
  readonly callsWithFailures: number;
}

/** The counts of no history. */
export const NO_COUNTS: HistoryCounts = {
  calls: 0,
  loads: 0,
  hits: 0,
  immediate: 0,
  shared: 0,
  failedLoads: 0,
  notStored: 0,
  callsWithFailures: 0,
};

/** Counts what the calls of one history met. */
export function historyCounts(recorder: Recorder): HistoryCounts {
  const { calls, productions } = recorder;
  const reads = calls.filter(({ event }) => event.kind === 'getOrSet' || event.kind === 'get');
  const values = reads.flatMap((call) => {
    const value = call.outcome !== undefined && 'value' in call.outcome ? call.outcome.value : undefined;
    const production = recorder.productionOf(value);
    return production === undefined ? [] : [{ call, production }];
  });
  const isShared = (call: RecordedCall, end: number): boolean => call.begin.order < end;
  const loads = productions.filter(({ kind }) => kind === 'load');
  const hits = values.filter(({ call, production }) => (production.end?.order ?? Infinity) < call.begin.order);
  return {
    calls: calls.length,
    loads: loads.length,
    hits: hits.length,
    immediate: hits.filter(({ call }) => call.end?.ms === call.begin.ms && call.actor.hasNearCopies).length,
    shared: values.filter(
      ({ call, production }) => production.call !== call && isShared(call, production.end?.order ?? Infinity),
    ).length,
    failedLoads: loads.filter(({ hasFailed }) => hasFailed).length,
    notStored: loads.filter(({ hasFailed, stored }) => !hasFailed && stored.length === 0).length,
    callsWithFailures: calls.filter(({ actor, begin, end }) => hasFailedBetween(actor, begin, end)).length,
  };
}
