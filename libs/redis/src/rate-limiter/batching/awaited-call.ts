import type { AsyncResource } from 'node:async_hooks';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import { unwatchSignal, watchSignal } from '../../common/signal-watch.js';
import { isSameCharge, type Charge } from '../policy/charge.js';
import type { CallVerdict, LimiterCall, Operation } from '../policy/decide.calls.js';
import type { PolicyPlan } from '../policy/policy-plan.js';

/** What came of a call: its verdict, which of the repetitions in it is the caller's, and when it was asked. */
export interface CallResult {
  readonly verdict: CallVerdict;
  /** From 0; what is below `verdict.admitted` was admitted. */
  readonly nth: number;
  /** On our monotonic clock: what the verdict says of times counts from then at the earliest. */
  readonly sentMs: number;
}

export interface CallInit extends Charge {
  readonly operation: Operation;
  readonly key: string;
  readonly plan: PolicyPlan;
  /** @default 1 */
  readonly times?: number;
  /** @default 0, nobody's number */
  readonly holder?: number;
  readonly signal?: AbortSignal | undefined;
}

/** A call as it waits in a queue, whatever its caller is told in the end. */
export interface QueuedCall extends LimiterCall {
  readonly key: string;
  readonly isSettled: boolean;
  isSent: boolean;
  isLike(other: LimiterCall): boolean;
  succeed(verdict: CallVerdict, nth: number, sentMs: number): void;
  fail(error: unknown): void;
}

/** What its caller is told: of what came of it, or instead where it failed; what throws, rejects. */
export interface CallOutcome<T> {
  of(call: AwaitedCall<T>, result: CallResult): T;
  instead(call: AwaitedCall<T>, error: unknown): T;
}

/** What may be done twice in one call. */
const REPEATABLE: ReadonlySet<Operation> = new Set(['consume', 'peek']);

/** A call with somebody waiting for what comes of it. One promise each: there are many. */
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
  isSent = false;
  isSettled = false;
  /** Made only where there is a signal: most calls have none. */
  private onAbort: (() => void) | undefined;
  private resolve!: (toOutcome: T) => void;
  private reject!: (error: unknown) => void;

  constructor(
    { operation, key, plan, amount, costs, times = 1, holder = 0, signal }: CallInit,
    private readonly outcome: CallOutcome<T>,
    /** Of the refusals that are remembered, when it was asked. */
    readonly generation?: number,
    /** Of the caller, where somebody listens to events that are about it. */
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

  /** Whether this one says the same, so that both are one, done twice. */
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
    this.resolve(this.outcome.of(this, { verdict, nth, sentMs }));
  }

  fail(error: unknown): void {
    this.settle();
    try {
      this.resolve(this.outcome.instead(this, error));
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
      new RedisInfraError('DEADLINE_EXCEEDED', "the decision was ended by its caller's signal", {
        outcome: this.isSent ? 'unknown' : 'not-sent',
        cause: signal.reason,
      }),
    );
  }

  private settle(): void {
    this.isSettled = true;
    if (this.signal !== undefined && this.onAbort !== undefined) unwatchSignal(this.signal, this.onAbort);
  }
}
