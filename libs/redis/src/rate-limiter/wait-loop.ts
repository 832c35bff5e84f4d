import { MAX_TIMER_MS } from '../common/duration.js';
import { RedisInfraError } from '../common/redis-infra.error.js';
import { unwatchSignal, watchSignal } from '../common/signal-watch.js';
import type { AcquiredPermit } from './limiter-core.js';
import { waitMs as waitOf } from './decision/decisions.js';
import type { RateLimitDecision } from './policy/rate-limit-decision.js';
import { KeyedFifo } from './keyed-fifo.js';

interface WaitOptions {
  /** Who waits for the same. */
  readonly line: string;
  readonly waitMs: number;
  readonly signal: AbortSignal | undefined;
}

/** A span of time that may be ended before it is over. */
interface Pause {
  readonly over: Promise<void>;
  end(): void;
}

/** A place may be left at any time: so long, and longer each time, it is not asked again. */
const FIRST_PAUSE_MS = 10;
const MAX_PAUSE_MS = 200;

/** Asks again until there is room, or it is clear that there will be none in time. */
export class WaitLoop {
  private readonly lines = new KeyedFifo();
  private readonly closing = new AbortController();

  waitForDecision(ask: () => Promise<RateLimitDecision>, patience: WaitOptions): Promise<RateLimitDecision> {
    return this.askUntilAllowed(ask, (decision) => decision, waitOf, patience);
  }

  acquirePermit(ask: () => Promise<AcquiredPermit>, patience: WaitOptions): Promise<AcquiredPermit> {
    let pauseMs = FIRST_PAUSE_MS / 2;
    const pause = (decision: RateLimitDecision): number => {
      pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS);
      return Math.min(pauseMs, waitOf(decision));
    };
    return this.askUntilAllowed(ask, ({ decision }) => decision, pause, patience);
  }

  /** All who wait ask once more, and learn that it is closed. */
  close(): void {
    this.closing.abort();
  }

  private async askUntilAllowed<T>(
    ask: () => Promise<T>,
    decisionIn: (answer: T) => RateLimitDecision,
    pauseOf: (decision: RateLimitDecision) => number,
    { line, waitMs, signal }: WaitOptions,
  ): Promise<T> {
    const untilMs = performance.now() + waitMs;
    const timeout = this.pause(waitMs, signal);
    const leave = await this.lines.join(line, timeout.over);
    timeout.end();
    try {
      for (;;) {
        const answer = await ask();
        const decision = decisionIn(answer);
        const pauseMs = decision.allowed || decision.source === 'closed' ? Infinity : pauseOf(decision);
        if (performance.now() + pauseMs > untilMs) return answer;
        await this.pause(pauseMs, signal).over;
        if (signal?.aborted !== true) continue;
        throw new RedisInfraError('DEADLINE_EXCEEDED', "the wait was ended by its caller's signal", {
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
