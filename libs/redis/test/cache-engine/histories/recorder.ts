import type { VirtualProcess } from '../simulation/virtual-process.js';
import type { VirtualScheduler } from '../simulation/virtual-scheduler.js';
import type { NamespaceName, PlannedEvent } from './history-plan.js';

/** The guarantees that histories are checked against. */
export const GUARANTEES = ['G1', 'G2', 'G3', 'G4', 'G5'] as const;
export type Guarantee = (typeof GUARANTEES)[number];

/** A guarantee that a history breaks. */
export interface Violation {
  readonly guarantee: Guarantee;
  readonly message: string;
}

/** A moment of a history. `order` also distinguishes moments of the same time. */
export interface Moment {
  readonly order: number;
  readonly ms: number;
}

/** A process of a history. */
export interface Actor {
  readonly process: VirtualProcess;
  readonly hasNearCopies: boolean;
  /** When the process learned that a call of its failed. */
  readonly failures: Moment[];
  /** The application has called `disconnect()`, and calls nothing more. */
  isClosing: boolean;
  /** When `disconnect()` resolved. */
  disconnectedAt: Moment | undefined;
  /** When the process was paused. */
  pausedAt: Moment | undefined;
}

/** A call of the cache. */
export interface RecordedCall {
  readonly actor: Actor;
  readonly event: PlannedEvent;
  readonly begin: Moment;
  end: Moment | undefined;
  outcome: { readonly value: unknown } | { readonly error: unknown } | undefined;
}

/** Where a value comes from: a run of a loader, or a `set`. The value itself contains only `id`. */
export interface Production {
  readonly id: number;
  readonly kind: 'load' | 'set' | 'foreign';
  readonly call: RecordedCall | undefined;
  readonly key: string;
  readonly namespace: NamespaceName;
  readonly begin: Moment;
  readonly tags: readonly string[];
  /** The value is stored without windows and without a clock. */
  readonly isPlain: boolean;
  end: Moment | undefined;
  hasFailed: boolean;
  /** When the value was in the store. */
  readonly stored: { readonly fromMs: number; untilMs: number }[];
}

/** A value of a history. */
export interface ProducedValue {
  readonly id: number;
}

/** Records what happens in a history. */
export class Recorder {
  readonly calls: RecordedCall[] = [];
  readonly productions: Production[] = [];
  readonly violations: Violation[] = [];
  /** The server restarted without its data. */
  hasLostData = false;
  /** A process was killed, perhaps one that held a lease. */
  hasKilledProcess = false;
  private readonly current = new Map<string, Production>();
  private order = 0;

  constructor(readonly scheduler: VirtualScheduler) {}

  now(): Moment {
    return { order: this.order++, ms: this.scheduler.nowMs };
  }

  violation(guarantee: Guarantee, message: string): void {
    this.violations.push({ guarantee, message });
  }

  beginCall(actor: Actor, event: PlannedEvent): RecordedCall {
    const call: RecordedCall = { actor, event, begin: this.now(), end: undefined, outcome: undefined };
    this.calls.push(call);
    return call;
  }

  produce(details: Pick<Production, 'kind' | 'call' | 'key' | 'namespace' | 'tags' | 'isPlain'>): Production {
    const id = this.productions.length;
    const production = { ...details, id, begin: this.now(), end: undefined, hasFailed: false, stored: [] };
    this.productions.push(production);
    return production;
  }

  /** The production of a value, if it is one of this history. */
  productionOf(value: unknown): Production | undefined {
    const id = typeof value === 'object' && value !== null && 'id' in value ? value.id : undefined;
    return typeof id === 'number' ? this.productions[id] : undefined;
  }

  /** The value under a key of the server changed. */
  changed(key: string, value: unknown): void {
    const last = this.current.get(key)?.stored.at(-1);
    if (last !== undefined) last.untilMs = this.scheduler.nowMs;
    const production = this.productionOf(value);
    if (production === undefined) return void this.current.delete(key);
    this.current.set(key, production);
    production.stored.push({ fromMs: this.scheduler.nowMs, untilMs: Infinity });
  }
}

/** True if the process learned of a failed call during the span. An end of undefined is now. */
export function hasFailedBetween({ failures }: Actor, begin: Moment, end?: Moment): boolean {
  return failures.some(({ order }) => order > begin.order && (end === undefined || order < end.order));
}
