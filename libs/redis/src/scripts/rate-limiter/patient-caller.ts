import { LONGEST_TIMER_MS } from '../../common/duration.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import { unwatchSignal, watchSignal } from '../../common/signal-watch.js';
import type { AcquiredPlace } from './limiter-core.js';
import { waitMs as waitOf } from './decisions.js';
import type { RateLimitDecision } from './rate-limit-decision.js';
import { WaitingLines } from './waiting-lines.js';

interface Patience {
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
const LONGEST_PAUSE_MS = 200;

/** Asks again until there is room, or it is clear that there will be none in time. */
export class PatientCaller {
  private readonly lines = new WaitingLines();
  private readonly closing = new AbortController();

  decision(ask: () => Promise<RateLimitDecision>, patience: Patience): Promise<RateLimitDecision> {
    return this.until(ask, (decision) => decision, waitOf, patience);
  }

  place(ask: () => Promise<AcquiredPlace>, patience: Patience): Promise<AcquiredPlace> {
    let pauseMs = FIRST_PAUSE_MS / 2;
    const pause = (decision: RateLimitDecision): number => {
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
      return Math.min(pauseMs, waitOf(decision));
    };
    return this.until(ask, ({ decision }) => decision, pause, patience);
  }

  /** All who wait ask once more, and learn that it is closed. */
  close(): void {
    this.closing.abort();
  }

  private async until<T>(
    ask: () => Promise<T>,
    decisionIn: (answer: T) => RateLimitDecision,
    pauseOf: (decision: RateLimitDecision) => number,
    { line, waitMs, signal }: Patience,
  ): Promise<T> {
    const untilMs = performance.now() + waitMs;
    const turn = this.pause(waitMs, signal);
    const leave = await this.lines.join(line, turn.over);
    turn.end();
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
      const timer = setTimeout(() => end(), Math.min(ms, LONGEST_TIMER_MS));
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
