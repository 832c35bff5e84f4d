import { RedisInfraError } from '../../common/redis-infra.error.js';
import { unwatchSignal, watchSignal } from '../../common/signal-watch.js';
import type { DeadlineQueue, Expirable } from './deadline-queue.js';

/** The limits of one call. */
export interface CallLimits {
  readonly deadlineMs: number;
  readonly signal: AbortSignal | undefined;
  /** Part of a call that was let in as a whole: it is not held against the limit of what is under way. @default false */
  readonly isAdmitted?: boolean;
}

/** What is left of the limits of a call that began at that (monotonic) moment. */
export function remaining(limits: CallLimits, startedMs: number): CallLimits {
  return { ...limits, deadlineMs: Math.max(1, Math.ceil(limits.deadlineMs - (performance.now() - startedMs))) };
}

/** Tells what is left of the limits of a call that begins now. */
export function startNow(limits: CallLimits): () => CallLimits {
  const startedMs = performance.now();
  return () => remaining(limits, startedMs);
}

/** One caller waiting for one answer, at most until its deadline or until its signal ends it. */
export class PendingCall<T> implements Expirable {
  previous: Expirable | undefined = undefined;
  next: Expirable | undefined = undefined;
  list: Expirable['list'] = undefined;
  dueMs = 0;

  readonly promise: Promise<T>;
  settled = false;
  /** From here on the server may have run it. */
  sent = false;
  /** The server has answered, and the answer is being made a value. */
  answered = false;
  /** Made only where there is a signal: most calls have none. */
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
    if (this.end()) this.resolve(value);
  }

  fail(error: Error): void {
    if (this.end()) this.reject(error);
  }

  expire(): void {
    const { deadlineMs } = this.limits;
    this.fail(this.late(`${this.command} had no answer within its deadline of ${deadlineMs} ms`, undefined));
  }

  private abort(): void {
    this.fail(this.late(`${this.command} was ended by its caller's signal`, this.limits.signal?.reason));
  }

  private late(message: string, cause: unknown): RedisInfraError {
    const outcome = this.answered ? 'executed' : this.sent ? 'unknown' : 'not-sent';
    return new RedisInfraError('DEADLINE_EXCEEDED', message, { outcome, context: { command: this.command }, cause });
  }

  /** True the first time. */
  private end(): boolean {
    if (this.settled) return false;
    this.settled = true;
    this.deadlines.remove(this);
    const { signal } = this.limits;
    if (signal !== undefined && this.onAbort !== undefined) unwatchSignal(signal, this.onAbort);
    return true;
  }
}
