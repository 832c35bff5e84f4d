import type { Clock } from '../common/clock.js';
import { MAX_TIMER_MS } from '../common/duration.js';
import { RedisInfraError } from '../common/redis-infra.error.js';
import { unwatchSignal, watchSignal } from '../common/signal-watch.js';
import { waitMs as waitOf } from './decision/decisions.js';
import type { AcquiredPermit } from './decision/permit.js';
import type { RateLimitDecision } from './policy/rate-limit-decision.js';
import { KeyedFifo } from './keyed-fifo.js';

interface WaitOptions {
  /** Callers with the same key wait in one queue. */
  readonly queueKey: string;
  readonly waitMs: number;
  readonly signal: AbortSignal | undefined;
}

/** A timer that can end early. */
interface Pause {
  readonly over: Promise<void>;
  end(): void;
}

/** A permit may be released at any time. The pause between two attempts doubles from the first to the maximum. */
const FIRST_PAUSE_MS = 10;
const MAX_PAUSE_MS = 200;

/** Repeats a call until it is allowed, or until it is certain that there will be no room before the deadline. */
export class WaitLoop {
  private readonly queues = new KeyedFifo();
  private readonly closing = new AbortController();

  constructor(private readonly clock: Clock) {}

  waitForDecision(attempt: () => Promise<RateLimitDecision>, options: WaitOptions): Promise<RateLimitDecision> {
    return this.retryUntilAllowed('wait', attempt, (decision) => decision, waitOf, options);
  }

  acquirePermit(attempt: () => Promise<AcquiredPermit>, options: WaitOptions): Promise<AcquiredPermit> {
    let pauseMs = FIRST_PAUSE_MS / 2;
    const pause = (decision: RateLimitDecision): number => {
      pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS);
      return Math.min(pauseMs, waitOf(decision));
    };
    return this.retryUntilAllowed('acquire', attempt, ({ decision }) => decision, pause, options);
  }

  /** Wakes all waiting callers: their next attempt rejects with CLOSED. */
  close(): void {
    this.closing.abort();
  }

  private async retryUntilAllowed<T>(
    method: string,
    attempt: () => Promise<T>,
    decisionIn: (result: T) => RateLimitDecision,
    pauseOf: (decision: RateLimitDecision) => number,
    { queueKey, waitMs, signal }: WaitOptions,
  ): Promise<T> {
    const untilMs = this.clock.monotonicMs() + waitMs;
    const timeout = this.pause(waitMs, signal);
    const leave = await this.queues.join(queueKey, timeout.over);
    timeout.end();
    try {
      for (;;) {
        const result = await attempt();
        const decision = decisionIn(result);
        const pauseMs = decision.allowed || decision.source === 'closed' ? Infinity : pauseOf(decision);
        if (this.clock.monotonicMs() + pauseMs > untilMs) return result;
        await this.pause(pauseMs, signal).over;
        if (signal?.aborted !== true) continue;
        throw new RedisInfraError('DEADLINE_EXCEEDED', `${method} was aborted by the signal of its caller`, {
          cause: signal.reason,
        });
      }
    } finally {
      leave();
    }
  }

  private pause(ms: number, signal: AbortSignal | undefined): Pause {
    const signals = signal === undefined ? [this.closing.signal] : [this.closing.signal, signal];
    let end!: () => void;
    const over = new Promise<void>((resolve) => {
      const timer = setTimeout(() => end(), Math.min(ms, MAX_TIMER_MS));
      end = () => {
        clearTimeout(timer);
        for (const each of signals) unwatchSignal(each, end);
        resolve();
      };
      if (signals.some(({ aborted }) => aborted)) end();
      else for (const each of signals) watchSignal(each, end);
    });
    return { over, end };
  }
}
