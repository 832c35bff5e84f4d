import type { NamespaceName } from '../../cache-engine/histories/history-plan.js';
import { FuzzRandom } from '../../codec/fuzz/fuzz-random.js';
import type { OutageEvent, OutagePlan, PlannedCall, PlannedFault } from './outage-plan.js';

const KEYS = ['a', 'b', 'c'] as const;
/** The time between two events: mostly none or short, so that calls overlap. */
const GAPS_MS = [0, 0, 1, 2, 5, 10, 30, 100, 300] as const;
/** Usually the processes have connected before the first event. */
const CONNECTED_MS = 300;
const LOADS_MS = [0, 2, 10, 30, 100, 300] as const;
const LATE_MS = [0, 0, 20, 300, 1500, 4000] as const;
const LASTS_MS = [100, 700, 1500, 2500, 6000] as const;
/** The time until the next fault: short times do not let the processes recover in between. */
const RECOVERY_MS = [100, 600, 1500, 4000, 8000] as const;
/** How long after an event a snapshot is taken, or a change is the last one that a replica has received. */
const SNAPSHOT_AFTER_MS = [0, 1, 5, 50, 500] as const;
const MAX_LAG_MS = 10_000;

/** The random plan of one history. It depends only on seed and index. */
export function randomOutagePlan(seed: number, index: number): OutagePlan {
  return new OutagePlanMaker(new FuzzRandom(seed ^ 0x3c6ef372, index)).plan(seed, index);
}

class OutagePlanMaker {
  private readonly events: OutageEvent[] = [];
  private readonly keys: readonly string[];
  private readonly namespaces: readonly NamespaceName[];
  private readonly processes: number;
  /** One kind of data loss for each history: two kinds in one disconnection cannot be distinguished. */
  private readonly dataLoss: 'restart' | 'promotion' | undefined;
  private atMs = 0;
  /** The process of the last fault: most calls until it heals are made there. */
  private affected: number | undefined;

  constructor(private readonly random: FuzzRandom) {
    this.keys = KEYS.slice(0, random.pick([1, 2, 3, 3]));
    this.namespaces = random.onceIn(4) ? ['root', 'users'] : ['root'];
    this.processes = random.pick([2, 2, 3]);
    this.dataLoss = random.pick([undefined, 'restart', 'promotion']);
  }

  plan(seed: number, index: number): OutagePlan {
    const { random } = this;
    this.warm();
    const episodes = random.pick([1, 2, 2, 3]);
    for (let i = 0; i < episodes; i++) this.episode();
    return {
      seed,
      index,
      order: 0,
      processes: this.processes,
      durability: random.onceIn(2) ? 'file' : 'memory',
      maxStaleMs: random.pick([3000, 60_000]),
      journalLimit: random.pick([1, 3, 1000]),
      events: this.events,
    };
  }

  /** Every key is read, so that the server holds values that can become stale. */
  private warm(): void {
    if (!this.random.onceIn(10)) this.atMs = CONNECTED_MS;
    this.readAll();
    this.calls(this.random.below(4), 4);
    this.atMs += this.random.pick(GAPS_MS);
  }

  private readAll(): void {
    for (const namespace of this.namespaces) {
      for (const key of this.keys) this.add({ kind: 'getOrSet', namespace, key, loadMs: 1 }, this.anyProcess());
    }
  }

  /** One or two faults, with calls shortly before, during the fault, and after. */
  private episode(): void {
    const { random } = this;
    if (!random.onceIn(3)) this.readAll();
    this.calls(random.below(4), 3);
    this.atMs += random.pick(GAPS_MS);
    this.affected = this.anyProcess();
    this.add(this.fault(), this.affected);
    this.calls(2 + random.below(6), 2);
    if (random.onceIn(3)) {
      this.atMs += random.pick(GAPS_MS);
      this.add(this.fault(), this.anyProcess());
      this.calls(1 + random.below(4), 2);
    }
    this.atMs += random.pick(RECOVERY_MS);
    this.affected = undefined;
    this.calls(random.below(4), 12);
  }

  /** @param writeOnceIn on average one of this many calls changes something */
  private calls(count: number, writeOnceIn: number): void {
    for (let i = 0; i < count; i++) {
      this.atMs += this.random.pick(GAPS_MS);
      const isAffected = this.affected !== undefined && !this.random.onceIn(3);
      const process = isAffected ? this.affected : undefined;
      this.add(this.random.onceIn(writeOnceIn) ? this.write() : this.read(), process ?? this.anyProcess());
    }
  }

  private add(action: PlannedCall | PlannedFault, process: number): void {
    // A restart is detected by a process that was connected before it: the first one never crashes.
    const place = action.kind === 'crash' && process === 0 ? 1 : process;
    this.events.push({ ...action, atMs: this.atMs, process: place });
  }

  private anyProcess(): number {
    return this.random.below(this.processes);
  }

  private read(): PlannedCall {
    const { random } = this;
    const onKey = { namespace: random.pick(this.namespaces), key: random.pick(this.keys) };
    return random.onceIn(3) ? { ...onKey, kind: 'get' } : { ...onKey, kind: 'getOrSet', loadMs: random.pick(LOADS_MS) };
  }

  private write(): PlannedCall {
    const { random } = this;
    const namespace = random.pick(this.namespaces);
    const onKey = { namespace, key: random.pick(this.keys) };
    const kind = random.below(16);
    if (kind < 9) return { ...onKey, kind: 'delete' };
    if (kind < 13) return { ...onKey, kind: 'set', isPlain: random.onceIn(2) };
    if (kind < 15) return { kind: 'invalidateTags', namespace, tag: random.pick(['red', 'blue']) };
    return { kind: 'flush', namespace, wait: random.onceIn(2) };
  }

  private fault(): PlannedFault {
    const { random } = this;
    const ms = random.pick(LASTS_MS);
    const lateMs = random.pick(LATE_MS);
    const kind = random.below(16);
    if (kind < 3) return { kind: 'drop', ms, lateMs, isReplaced: false };
    if (kind < 4) return { kind: 'drop', ms: 0, lateMs, isReplaced: true };
    if (kind < 6) return { kind: 'partition', ms, lateMs };
    if (kind < 7) return { kind: 'outage', ms, lateMs };
    if (kind < 8) return { kind: 'freeze', ms };
    if (kind < 9) return { kind: 'refuseWrites', ms };
    if (kind < 10) return { kind: 'pause', ms };
    if (kind < 12) return { kind: 'crash', ms };
    return this.serverFault(ms) ?? { kind: 'drop', ms, lateMs, isReplaced: false };
  }

  private serverFault(ms: number): PlannedFault | undefined {
    const { random, dataLoss } = this;
    if (dataLoss === undefined) return undefined;
    const lostMs = this.lostMs();
    if (dataLoss === 'restart') return { kind: 'restart', ms, lostMs };
    const isReplaced = random.onceIn(2);
    const clockSkewMs = random.pick([0, 0, -5000, 5000]);
    return {
      kind: 'promotion',
      ms: isReplaced ? 0 : ms,
      lostMs: Math.min(lostMs, MAX_LAG_MS),
      isReplaced,
      clockSkewMs,
    };
  }

  /** The time since a moment shortly after an event: rarely nothing, and rarely everything. */
  private lostMs(): number {
    const { random } = this;
    if (random.onceIn(8)) return random.pick([0, 3_600_000]);
    const event = random.pick(this.events.slice(-8));
    return Math.max(0, this.atMs - event.atMs - random.pick(SNAPSHOT_AFTER_MS));
  }
}
