import { RedisInfraError } from '../../common/redis-infra.error.js';
import { unwatchSignal, watchSignal } from '../../common/signal-watch.js';
import type { CallVerdict, LimiterCall, Operation } from './decide.calls.js';
import type { PolicyPlan } from './policy-plan.js';

/** What came of a call: its verdict, which of the repetitions in it is the caller's, and when it was asked. */
export interface CallResult {
  readonly verdict: CallVerdict;
  /** From 0; what is below `verdict.admitted` was admitted. */
  readonly nth: number;
  /** On our monotonic clock: what the verdict says of times counts from then at the earliest. */
  readonly sentMs: number;
}

export interface CallInit {
  readonly operation: Operation;
  readonly key: string;
  readonly plan: PolicyPlan;
  readonly amount: number;
  /** @default 1 */
  readonly times?: number;
  /** @default 0, nobody's number */
  readonly holder?: number;
  readonly signal?: AbortSignal | undefined;
}

/** A call with somebody waiting for what comes of it. */
export class AwaitedCall implements LimiterCall {
  readonly operation: Operation;
  readonly key: string;
  readonly plan: PolicyPlan;
  readonly amount: number;
  readonly times: number;
  readonly holder: number;
  readonly promise: Promise<CallResult>;
  isSent = false;
  isSettled = false;
  private readonly signal: AbortSignal | undefined;
  /** Made only where there is a signal: most calls have none. */
  private onAbort: (() => void) | undefined;
  private resolve!: (result: CallResult) => void;
  private reject!: (error: unknown) => void;

  constructor({ operation, key, plan, amount, times = 1, holder = 0, signal }: CallInit) {
    this.operation = operation;
    this.key = key;
    this.plan = plan;
    this.amount = amount;
    this.times = times;
    this.holder = holder;
    this.signal = signal;
    this.promise = new Promise<CallResult>((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    if (signal !== undefined) this.watch(signal);
  }

  /** Whether this one says the same, so that both are one, done twice. */
  isLike(other: LimiterCall): boolean {
    return (
      this.operation === 'consume' &&
      other.operation === 'consume' &&
      this.plan === other.plan &&
      this.amount === other.amount &&
      this.holder === 0 &&
      other.holder === 0 &&
      this.times === 1
    );
  }

  succeed(verdict: CallVerdict, nth: number, sentMs: number): void {
    this.settle();
    this.resolve({ verdict, nth, sentMs });
  }

  fail(error: unknown): void {
    this.settle();
    this.reject(error);
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
