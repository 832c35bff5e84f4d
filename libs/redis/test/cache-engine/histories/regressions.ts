import type { HistoryPlan, PlannedEvent, PlannedLoad } from './history-plan.js';

/** A history that once broke a guarantee, with only the events that are needed. */
export interface Regression {
  /** What happens, as the end of a sentence. */
  readonly name: string;
  readonly plan: HistoryPlan;
}

const QUICK_LOAD: PlannedLoad = { result: 'value', ms: 5, tags: [], tagsItself: false };

/** The faults that random histories have found, each with the seed and the index of its history. */
export const REGRESSIONS: readonly Regression[] = [
  {
    name: 'a read notices the sweep of a flush, and its reply arrives after disconnect()',
    plan: regression(5, 6455, [
      { kind: 'flush', namespace: 'root', wait: true, atMs: 0, process: 1 },
      { kind: 'getOrSet', namespace: 'root', key: 'a', load: QUICK_LOAD, atMs: 1, process: 0 },
      { kind: 'disconnect', atMs: 2, process: 0 },
    ]),
  },
];

function regression(seed: number, index: number, events: readonly PlannedEvent[]): HistoryPlan {
  return {
    seed,
    index,
    order: 0,
    nearProcesses: [false, false],
    times: {
      ttlMs: 60_000,
      staleWhileRevalidateMs: 3000,
      staleIfErrorMs: 0,
      errorTtlMs: 0,
      loadTimeoutMs: 3000,
      lockTimeoutMs: 30_000,
      hasEarlyRefresh: true,
    },
    lossOnceIn: 0,
    events,
  };
}
