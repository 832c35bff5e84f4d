import type { DecideReply, SubjectCalls } from '../../../src/rate-limiter/policy/limiter-call.js';

/** What is left of a key by a step: nothing, what was there before, or something new with so many milliseconds to live. */
export const ABSENT = -2;
export const UNTOUCHED = -1;

export interface Decided {
  readonly reply: DecideReply;
  /** Of each key: ABSENT, UNTOUCHED, or the milliseconds to live that it was given. */
  readonly ttlsMs: readonly number[];
}

/** Calls at one moment of a clock that the test sets. */
export interface Moment {
  readonly nowUs: number;
  /** When the client wrote the request, by the same clock. */
  readonly toldUs: number;
  /** Not later than this may anything be changed. */
  readonly notAfterUs: number;
  readonly subjects: readonly SubjectCalls[];
  /** Keys whose time is over. */
  readonly expired: readonly string[];
}

/** decide.lua or its twin, on a clock that the test sets. */
export interface Decider {
  decide(moment: Moment): Promise<Decided>;
}

/** When keys expire, on the clock of the test. */
export class KeyLives {
  private readonly endsUs = new Map<string, number>();

  /** Those whose time is over. */
  takeExpired(nowUs: number): string[] {
    const expired = [...this.endsUs].filter(([, endUs]) => endUs <= nowUs).map(([key]) => key);
    for (const key of expired) this.endsUs.delete(key);
    return expired;
  }

  learn(keys: readonly string[], { ttlsMs }: Decided, nowUs: number): void {
    ttlsMs.forEach((ttlMs, i) => {
      const key = keys[i] as string;
      if (ttlMs > 0) this.endsUs.set(key, nowUs + ttlMs * 1000);
      else if (ttlMs === ABSENT) this.endsUs.delete(key);
    });
  }
}
