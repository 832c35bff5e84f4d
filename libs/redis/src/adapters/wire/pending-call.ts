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
export function remainingLimits(limits: CallLimits, startedMs: number): CallLimits {
  return { ...limits, deadlineMs: Math.max(1, Math.ceil(limits.deadlineMs - (performance.now() - startedMs))) };
}

/** Starts the deadline of a call. @returns a function that returns the remaining limits */
export function startLimits(limits: CallLimits): () => CallLimits {
  const startedMs = performance.now();
  return () => remainingLimits(limits, startedMs);
}

/** One caller that waits for one result, at most until its deadline or its signal. */
export class PendingCall<T> implements Expirable {
  previous: Expirable | undefined = undefined;
  next: Expirable | undefined = undefined;
  list: Expirable['list'] = undefined;
  dueMs = 0;

  readonly promise: Promise<T>;
  settled = false;
  /** The server may have executed the command. */
  sent = false;
  /** The server has replied, and the reply is being decoded. */
  answered = false;
  /** Created only if there is a signal: most calls have none. */
  private onAbort: (() => void) | undefined;
  private resolve!: (value: T | PromiseLike<T>) => void;
  private reject!: (error: Error) => void;

  constructor(
    readonly command: string,
    private readonly deadlines: DeadlineQueue,
    private readonly limits: CallLimits,
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

  succeed(value: T | PromiseLike<T>): void {
    if (this.settle()) this.resolve(value);
  }

  fail(error: Error): void {
    if (this.settle()) this.reject(error);
  }

  expire(): void {
    const { deadlineMs } = this.limits;
    this.fail(this.deadlineError(`${this.command} had no reply within its deadline of ${deadlineMs} ms`, undefined));
  }

  private abort(): void {
    this.fail(
      this.deadlineError(`${this.command} was aborted by the signal of its caller`, this.limits.signal?.reason),
    );
  }

  private deadlineError(message: string, cause: unknown): RedisInfraError {
    const outcome = this.answered ? 'executed' : this.sent ? 'unknown' : 'not-sent';
    return new RedisInfraError('DEADLINE_EXCEEDED', message, { outcome, context: { command: this.command }, cause });
  }

  /** True the first time. */
  private settle(): boolean {
    if (this.settled) return false;
    this.settled = true;
    this.deadlines.remove(this);
    const { signal } = this.limits;
    if (signal !== undefined && this.onAbort !== undefined) unwatchSignal(signal, this.onAbort);
    return true;
  }
}
