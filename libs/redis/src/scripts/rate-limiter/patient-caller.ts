import { setTimeout as delay } from 'node:timers/promises';
import { RedisInfraError } from '../../common/redis-infra.error.js';
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

/** A place may be left at any time: so long, and longer each time, it is not asked again. */
const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 200;

/** Asks again until there is room, or it is clear that there will be none in time. */
export class PatientCaller {
  private readonly lines = new WaitingLines();

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

  private async until<T>(
    ask: () => Promise<T>,
    decisionIn: (answer: T) => RateLimitDecision,
    pauseOf: (decision: RateLimitDecision) => number,
    { line, waitMs, signal }: Patience,
  ): Promise<T> {
    const untilMs = performance.now() + waitMs;
    const timer = new AbortController();
    const isOver = delay(waitMs, undefined, { signal: AbortSignal.any([timer.signal, ...(signal ? [signal] : [])]) });
    // Looked at only by those who wait in the line.
    isOver.catch(() => {});
    const leave = await this.lines.join(
      line,
      isOver.catch(() => {}),
    );
    try {
      for (;;) {
        const answer = await ask();
        const decision = decisionIn(answer);
        const pauseMs = decision.allowed || decision.source === 'closed' ? Infinity : pauseOf(decision);
        if (performance.now() + pauseMs > untilMs) return answer;
        await sleep(pauseMs, signal);
      }
    } finally {
      timer.abort();
      leave();
    }
  }
}

async function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => {
    throw new RedisInfraError('DEADLINE_EXCEEDED', "the wait was ended by its caller's signal", {
      cause: signal?.reason,
    });
  });
}
