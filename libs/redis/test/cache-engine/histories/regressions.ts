import type { HistoryPlan, PlannedEvent, PlannedLoad } from './history-plan.js';

/** A history that once broke a guarantee, with only the events that are needed. */
export interface Regression {
  /** What happens, as the end of a sentence. */
  readonly name: string;
  readonly plan: HistoryPlan;
}

const QUICK_LOAD: PlannedLoad = { result: 'value', ms: 5, tags: [], tagsItself: false };
const TAGGED_LOAD: PlannedLoad = { result: 'value', ms: 900, tags: ['red'], tagsItself: false };

/** The faults that random histories have found, each with the seed and the index of its history. */
export const REGRESSIONS: readonly Regression[] = [
  {
    name: 'a read notices the sweep of a flush, and its reply arrives after disconnect()',
    plan: regression(5, 6455, {
      nearProcesses: [false, false],
      events: [
        { kind: 'flush', namespace: 'root', wait: true, atMs: 0, process: 1 },
        { kind: 'getOrSet', namespace: 'root', key: 'a', load: QUICK_LOAD, atMs: 1, process: 0 },
        { kind: 'disconnect', atMs: 2, process: 0 },
      ],
    }),
  },
  {
    name: 'a tag is invalidated after a process read the versions during a gap of its feed, and before its end',
    plan: regression(30112026, 326003, {
      nearProcesses: [true, true, true],
      events: [
        { kind: 'getOrSet', namespace: 'root', key: 'b', load: TAGGED_LOAD, atMs: 30, process: 1 },
        { kind: 'feedGap', ms: 100, atMs: 35, process: 2 },
        { kind: 'getOrSet', namespace: 'root', key: 'b', load: QUICK_LOAD, atMs: 40, process: 2 },
        { kind: 'invalidateTags', namespace: 'root', tags: ['red'], keepForErrors: false, atMs: 42, process: 1 },
        { kind: 'get', namespace: 'root', key: 'b', atMs: 2577, process: 2 },
      ],
    }),
  },
];

function regression(
  seed: number,
  index: number,
  { nearProcesses, events }: { readonly nearProcesses: readonly boolean[]; readonly events: readonly PlannedEvent[] },
): HistoryPlan {
  return {
    seed,
    index,
    order: 0,
    nearProcesses,
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
