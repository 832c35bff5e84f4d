import type { Moment } from '../../cache-engine/histories/recorder.js';
import type { VirtualProcess } from '../../cache-engine/simulation/virtual-process.js';
import type { VirtualScheduler } from '../../cache-engine/simulation/virtual-scheduler.js';
import type { Acknowledgement } from '../model/acknowledgements.js';
import type { RowValue } from '../model/virtual-database.js';
import type { OutageEvent, PlannedCall } from './outage-plan.js';

/** What the histories are checked for. */
export type OutageProperty =
  /** Nothing is stale for ever. */
  | 'F1'
  /** No read returns a value that the same process deleted or replaced before. */
  | 'F2'
  /** Calls settle, and none rejects while the server is unavailable. */
  | 'F3'
  /** No read returns a value that was invalidated longer than `maxStale` ago. */
  | 'F4'
  /** Nothing is left: no journal after the outage, no timer and no error after the end. */
  | 'F5';

/** A property that a history breaks. */
export interface OutageViolation {
  readonly guarantee: OutageProperty;
  readonly message: string;
}

/** One start of a process of the fleet. */
export interface OutageActor {
  /** The place in the fleet. A process that is started again has the same place. */
  readonly place: number;
  readonly process: VirtualProcess;
  /** What the server has confirmed to this process. */
  readonly acknowledgements: readonly Acknowledgement[];
  /** For how long the process was stopped, in all. */
  pausedMs: number;
  killedAt: Moment | undefined;
  isClosing: boolean;
  disconnectedAt: Moment | undefined;
}

/** A call of the cache. */
export interface OutageCall {
  readonly actor: OutageActor;
  readonly event: OutageEvent & PlannedCall;
  readonly begin: Moment;
  /** The rows that the call has changed before, with their new versions. Empty for a read. */
  readonly rows: ReadonlyMap<string, number>;
  end: Moment | undefined;
  outcome: { readonly value: unknown } | { readonly error: unknown } | undefined;
}

/** A restart or a promotion. */
export interface DataLoss extends Moment {
  readonly kind: 'restart' | 'promotion';
}

/** What produced a value: a load, or a `set`. */
export interface RowProduction {
  readonly id: number;
  readonly row: string;
  readonly version: number;
  /** The call of a `set`; undefined for a load. */
  readonly set: OutageCall | undefined;
  readonly tags: readonly string[];
}

/** Records what happens in a history with outages. */
export class OutageRecorder {
  readonly calls: OutageCall[] = [];
  readonly violations: OutageViolation[] = [];
  /** When a server lost acknowledged changes. */
  readonly dataLosses: DataLoss[] = [];
  private readonly productions: RowProduction[] = [];
  private order = 0;

  constructor(private readonly scheduler: VirtualScheduler) {}

  now(): Moment {
    return { order: this.order++, ms: this.scheduler.nowMs };
  }

  violation(guarantee: OutageProperty, message: string): void {
    this.violations.push({ guarantee, message });
  }

  beginCall(actor: OutageActor, event: OutageCall['event'], rows: ReadonlyMap<string, number>): OutageCall {
    const call: OutageCall = { actor, event, begin: this.now(), rows, end: undefined, outcome: undefined };
    this.calls.push(call);
    return call;
  }

  /** Records where a value comes from, and returns the value. */
  produce(details: Omit<RowProduction, 'id'>): RowValue {
    const id = this.productions.length;
    this.productions.push({ ...details, id });
    return { version: details.version, id };
  }

  /** The production of a value that a call returned. */
  productionOf(value: unknown): RowProduction | undefined {
    const id = typeof value === 'object' && value !== null && 'id' in value ? value.id : undefined;
    return typeof id === 'number' ? this.productions[id] : undefined;
  }
}
