import type { Clock } from '../../common/clock.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import { unwatchSignal, watchSignal } from '../../common/signal-watch.js';
import type { DeadlineQueue, Expirable } from './deadline-queue.js';

/** The limits of one call. */
export interface CallLimits {
  readonly deadlineMs: number;
  readonly signal: AbortSignal | undefined;
  /** The call is part of an admitted batch, so the queue limit does not apply to it. @default false */
  readonly isAdmitted?: boolean;
}

/** The remaining limits of a call that started at `startedMs` (monotonic). The deadline is at least 1 ms. */
export function remainingLimits(limits: CallLimits, startedMs: number, clock: Clock): CallLimits {
  return { ...limits, deadlineMs: Math.max(1, Math.ceil(limits.deadlineMs - (clock.monotonicMs() - startedMs))) };
}

/** Starts the deadline of a call. @returns a function that returns the remaining limits */
export function startLimits(limits: CallLimits, clock: Clock): () => CallLimits {
  const startedMs = clock.monotonicMs();
  return () => remainingLimits(limits, startedMs, clock);
}

/** What a call waits for. It learns when the caller stops waiting; it settles the call itself otherwise. */
export interface CallOwner {
  /** The server may have executed the command of the call. */
  readonly mayHaveRun: boolean;
  /** The deadline passed. @returns the error for the caller; undefined: DEADLINE_EXCEEDED */
  onExpired(): RedisInfraError | undefined;
  /** The call was settled by its deadline or its signal. */
  onAbandoned(): void;
}

/** `answered`: the server has executed the command, and its reply is being decoded. */
type CallState = 'waiting' | 'answered' | 'settled';

/** One caller that waits for one result, at most until its deadline or its signal. */
export class PendingCall<T> implements Expirable {
  previous: Expirable | undefined = undefined;
  next: Expirable | undefined = undefined;
  list: Expirable['list'] = undefined;
  dueMs = 0;

  readonly promise: Promise<T>;
  private state: CallState = 'waiting';
  /** Created only if there is a signal: most calls have none. */
  private onAbort: (() => void) | undefined = undefined;
  private resolve!: (value: T | PromiseLike<T>) => void;
  private reject!: (error: unknown) => void;

  constructor(
    /** The name of the operation in errors. */
    readonly label: string,
    private readonly deadlines: DeadlineQueue,
    private readonly limits: CallLimits,
    private owner?: CallOwner,
  ) {
    this.promise = new Promise<T>((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    deadlines.add(this, limits.deadlineMs);
    const { signal } = limits;
    if (signal === undefined) return;
    if (signal.aborted) {
      this.abort();
    } else {
      this.onAbort = () => this.abort();
      watchSignal(signal, this.onAbort);
    }
  }

  get isSettled(): boolean {
    return this.state === 'settled';
  }

  /** The server has executed the command. */
  get isAnswered(): boolean {
    return this.state === 'answered';
  }

  /** Another owner settles the call from now on. */
  passTo(owner: CallOwner): void {
    this.owner = owner;
  }

  /** The server has executed the command, and its reply is being decoded. The deadline and the signal still apply. */
  onAnswered(): void {
    if (this.state === 'waiting') this.state = 'answered';
  }

  succeed(value: T | PromiseLike<T>): void {
    if (this.settle()) this.resolve(value);
  }

  fail(error: unknown): void {
    if (this.settle()) this.reject(error);
  }

  /** Settles with the result of a promise, at most until the deadline or the signal. */
  settleWith(result: Promise<T>): void {
    result.then(
      (value) => this.succeed(value),
      (error: unknown) => this.fail(error),
    );
  }

  /** Rejects when the call fails, and never resolves. */
  get failure(): Promise<never> {
    return this.promise.then(() => new Promise<never>(() => {}));
  }

  expire(): void {
    const { deadlineMs } = this.limits;
    const error = this.state === 'waiting' ? this.owner?.onExpired() : undefined;
    this.abandon(
      error ?? this.deadlineError(`${this.label} had no reply within its deadline of ${deadlineMs} ms`, undefined),
    );
  }

  private abort(): void {
    this.abandon(
      this.deadlineError(`${this.label} was aborted by the signal of its caller`, this.limits.signal?.reason),
    );
  }

  private abandon(error: RedisInfraError): void {
    const isAnswered = this.state === 'answered';
    if (!this.settle()) return;
    this.reject(error);
    if (!isAnswered) this.owner?.onAbandoned();
  }

  private deadlineError(message: string, cause: unknown): RedisInfraError {
    const outcome = this.isAnswered ? 'executed' : this.owner?.mayHaveRun === true ? 'unknown' : 'not-sent';
    return new RedisInfraError('DEADLINE_EXCEEDED', message, { outcome, context: { command: this.label }, cause });
  }

  /** True the first time. */
  private settle(): boolean {
    if (this.state === 'settled') return false;
    this.state = 'settled';
    this.deadlines.remove(this);
    const { signal } = this.limits;
    if (signal !== undefined && this.onAbort !== undefined) unwatchSignal(signal, this.onAbort);
    return true;
  }
}
