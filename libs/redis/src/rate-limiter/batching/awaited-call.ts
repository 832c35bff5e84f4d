import type { AsyncResource } from 'node:async_hooks';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import { unwatchSignal, watchSignal } from '../../common/signal-watch.js';
import { isSameCharge, type Charge } from '../policy/charge.js';
import type { CallVerdict, LimiterCall, Operation } from '../policy/limiter-call.js';
import type { PolicyPlan } from '../policy/policy-plan.js';

/** The result of a call. Equal calls share one verdict; `nth` is the position of this one among them. */
export interface CallResult {
  readonly verdict: CallVerdict;
  /** From 0. The call was admitted if this is below `verdict.admitted`. */
  readonly nth: number;
  /** When the batch was sent, on the monotonic clock. The times of the verdict count from then at the earliest. */
  readonly sentMs: number;
}

export interface CallInit extends Charge {
  readonly operation: Operation;
  readonly key: string;
  readonly plan: PolicyPlan;
  /** @default 1 */
  readonly times?: number;
  /** Number of the holder, for concurrency policies. @default 0, no holder */
  readonly holder?: number;
  readonly signal?: AbortSignal | undefined;
}

/** A call in a queue, without the type of its result. */
export interface QueuedCall extends LimiterCall {
  readonly key: string;
  readonly isSettled: boolean;
  /** The call is about to be written: from now on the server may execute it. */
  markSent(): void;
  isLike(other: LimiterCall): boolean;
  succeed(verdict: CallVerdict, nth: number, sentMs: number): void;
  fail(error: unknown): void;
}

/** Turns the verdict or the failure of a call into the result for its caller. If it throws, the call rejects. */
export interface CallOutcome<T> {
  onVerdict(call: AwaitedCall<T>, result: CallResult): T;
  onFailure(call: AwaitedCall<T>, error: unknown): T;
}

/** Operations that can be repeated within one call on the wire. */
const REPEATABLE: ReadonlySet<Operation> = new Set(['consume', 'peek']);

/** `sent`: the server may have executed the call. */
type CallState = 'queued' | 'sent' | 'settled';

/** A call and the promise of its caller. There are many, so each has exactly one promise. */
export class AwaitedCall<T> implements QueuedCall {
  readonly operation: Operation;
  readonly key: string;
  readonly plan: PolicyPlan;
  readonly amount: number;
  readonly costs: readonly number[] | undefined;
  readonly times: number;
  readonly holder: number;
  readonly promise: Promise<T>;
  readonly signal: AbortSignal | undefined;
  /** When the call began, in monotonic milliseconds. */
  beganMs = 0;
  private state: CallState = 'queued';
  /** Undefined without a signal, to save a closure per call. */
  private onAbort: (() => void) | undefined;
  private resolve!: (toOutcome: T) => void;
  private reject!: (error: unknown) => void;

  constructor(
    { operation, key, plan, amount, costs, times = 1, holder = 0, signal }: CallInit,
    private readonly outcome: CallOutcome<T>,
    /** Generation of the deny cache when the call was made. */
    readonly generation?: number,
    /** Async context of the caller, captured only when the limiter has listeners. */
    readonly context?: AsyncResource,
  ) {
    this.operation = operation;
    this.key = key;
    this.plan = plan;
    this.amount = amount;
    this.costs = costs;
    this.times = times;
    this.holder = holder;
    this.signal = signal;
    this.promise = new Promise<T>((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    if (signal !== undefined) this.watch(signal);
  }

  get isSettled(): boolean {
    return this.state === 'settled';
  }

  markSent(): void {
    if (this.state === 'queued') this.state = 'sent';
  }

  /** Whether both calls are equal, so that they can be sent as one call with two repetitions. */
  isLike(other: LimiterCall): boolean {
    return (
      this.operation === other.operation &&
      REPEATABLE.has(this.operation) &&
      this.plan === other.plan &&
      isSameCharge(this, other) &&
      this.holder === 0 &&
      other.holder === 0 &&
      this.times === 1
    );
  }

  succeed(verdict: CallVerdict, nth: number, sentMs: number): void {
    this.settle();
    this.resolve(this.outcome.onVerdict(this, { verdict, nth, sentMs }));
  }

  fail(error: unknown): void {
    this.settle();
    try {
      this.resolve(this.outcome.onFailure(this, error));
    } catch (rejection) {
      this.reject(rejection);
    }
  }

  private watch(signal: AbortSignal): void {
    this.onAbort = () => this.abort(signal);
    if (signal.aborted) this.abort(signal);
    else watchSignal(signal, this.onAbort);
  }

  private abort(signal: AbortSignal): void {
    this.fail(
      new RedisInfraError('DEADLINE_EXCEEDED', `${this.operation} was aborted by the signal of its caller`, {
        outcome: this.state === 'sent' ? 'unknown' : 'not-sent',
        cause: signal.reason,
      }),
    );
  }

  private settle(): void {
    this.state = 'settled';
    if (this.signal !== undefined && this.onAbort !== undefined) unwatchSignal(this.signal, this.onAbort);
  }
}
