import type { DecideReply, SubjectCalls } from '../../../src/rate-limiter/policy/limiter-call.js';

/** The ttl of a key after a step: ABSENT, UNTOUCHED, or the milliseconds that the step has set. */
export const ABSENT = -2;
export const UNTOUCHED = -1;

export interface Decided {
  readonly reply: DecideReply;
  /** The ttl of each key after the step, in milliseconds; or ABSENT, or UNTOUCHED. */
  readonly ttlsMs: readonly number[];
}

/** Calls at one moment of the test clock. */
export interface Moment {
  readonly nowUs: number;
  /** When the client wrote the request, on the same clock. */
  readonly sentAtUs: number;
  /** The last moment at which the script may change anything. */
  readonly notAfterUs: number;
  readonly subjects: readonly SubjectCalls[];
  /** Keys that have expired. */
  readonly expired: readonly string[];
}

/** decide.lua or its twin, on the test clock. */
export interface Decider {
  decide(moment: Moment): Promise<Decided>;
}

/** The expiry of keys on the test clock. */
export class KeyLives {
  private readonly endsUs = new Map<string, number>();

  /** Removes and returns the expired keys. */
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
