import { FuzzRandom } from '../../codec/fuzz/fuzz-random.js';
import type { EntryTimes } from '../engines/engine-under-test.js';
import type { HistoryPlan, NamespaceName, PlannedAction, PlannedEvent, PlannedLoad } from './history-plan.js';

const KEYS = ['a', 'b', 'c'] as const;
const TAGS = ['red', 'blue'] as const;
/** The time between two events: mostly none or short, so that calls overlap. */
const GAPS_MS = [0, 0, 1, 2, 5, 10, 10, 30, 30, 100, 600] as const;
const LONG_GAPS_MS = [1100, 2500, 6000, 12_000] as const;
const LOADS_MS = [0, 1, 2, 5, 10, 30, 100, 300] as const;
const LONG_LOADS_MS = [900, 4000, 7000, 40_000] as const;

/** The random plan of one history. It depends only on seed and index. */
export function randomPlan(seed: number, index: number): HistoryPlan {
  return new PlanMaker(new FuzzRandom(seed ^ 0x5bd1e995, index)).plan(seed, index);
}

class PlanMaker {
  private readonly keys: readonly string[];
  private readonly namespaces: readonly NamespaceName[];
  /** Few histories have faults: most are checked without an exception. */
  private readonly hasFaults: boolean;
  private readonly processes: number;

  constructor(private readonly random: FuzzRandom) {
    this.keys = KEYS.slice(0, random.pick([1, 1, 1, 2, 3]));
    this.namespaces = random.onceIn(3) ? ['root', 'users'] : ['root'];
    this.hasFaults = random.onceIn(3);
    this.processes = random.pick([2, 2, 3]);
  }

  plan(seed: number, index: number): HistoryPlan {
    const { random } = this;
    const hasNear = random.onceIn(2);
    return {
      seed,
      index,
      order: 0,
      nearProcesses: Array.from({ length: this.processes }, () => hasNear && !random.onceIn(3)),
      times: this.times(),
      lossOnceIn: this.hasFaults && random.onceIn(2) ? random.pick([4, 10, 30]) : 0,
      events: this.events(),
    };
  }

  private times(): EntryTimes {
    const { random } = this;
    return {
      ttlMs: random.pick([2000, 5000, 60_000]),
      staleWhileRevalidateMs: random.pick([0, 0, 3000]),
      staleIfErrorMs: random.pick([0, 0, 4000]),
      errorTtlMs: random.pick([0, 0, 0, 500]),
      loadTimeoutMs: random.pick([3000, 30_000]),
      lockTimeoutMs: random.pick([2000, 30_000]),
      hasEarlyRefresh: random.onceIn(2),
    };
  }

  private events(): readonly PlannedEvent[] {
    const { random } = this;
    let atMs = 0;
    return Array.from({ length: 3 + random.below(8) }, () => {
      atMs += random.onceIn(10) ? random.pick(LONG_GAPS_MS) : random.pick(GAPS_MS);
      return { ...this.action(), atMs, process: random.below(this.processes) };
    });
  }

  private action(): PlannedAction {
    const { random } = this;
    if (this.hasFaults && random.onceIn(6)) return this.fault();
    const namespace = random.pick(this.namespaces);
    const onKey = { namespace, key: random.pick(this.keys) };
    const kind = random.below(20);
    if (kind < 9) return { ...onKey, kind: 'getOrSet', load: this.load() };
    if (kind < 11) return { ...onKey, kind: 'get' };
    if (kind < 14) return { ...onKey, kind: 'delete' };
    if (kind < 16) return { ...onKey, kind: 'set', tags: random.onceIn(2) ? this.tags() : undefined };
    if (kind < 18)
      return { kind: 'invalidateTags', namespace, tags: [random.pick(TAGS)], keepForErrors: random.onceIn(3) };
    if (kind < 19) return { kind: 'flush', namespace, wait: random.onceIn(2) };
    return { ...onKey, kind: random.onceIn(2) ? 'incr' : 'foreignWrite' };
  }

  private fault(): PlannedAction {
    const { random } = this;
    const ms = random.pick([50, 300, 1500, 4000]);
    const kind = random.below(8);
    if (kind < 2) return { kind: 'pause', ms };
    if (kind < 4) return { kind: 'feedGap', ms };
    if (kind === 4) return { kind: 'serverDown', ms };
    if (kind === 5) return { kind: 'clockJump', ms: random.pick([-3_600_000, -5000, 5000, 3_600_000]) };
    return { kind: random.pick(['kill', 'kill', 'disconnect', 'dataLoss']) };
  }

  private load(): PlannedLoad {
    const { random } = this;
    const isRegular = !random.onceIn(5);
    return {
      result: isRegular ? 'value' : random.pick(['failure', 'failure', 'undefined', 'null', 'skip']),
      ms: random.onceIn(15) ? random.pick(LONG_LOADS_MS) : random.pick(LOADS_MS),
      tags: this.tags(),
      tagsItself: random.onceIn(4),
    };
  }

  private tags(): readonly string[] {
    return TAGS.filter(() => this.random.onceIn(2));
  }
}
