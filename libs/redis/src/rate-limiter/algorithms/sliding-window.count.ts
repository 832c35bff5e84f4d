import { NEVER } from '../policy/decide.calls.js';
import type { PolicyParameters } from '../policy/policy-parameters.js';
import { rescaled, type CountMoment, type PolicyCount } from './policy-count.js';

interface SlidingBody {
  readonly limit: number;
  readonly windowMs: number;
  readonly index: number;
  readonly counts: readonly number[];
}

const PARTS = 16;
/** How many parts a window can touch. */
const BUCKETS = PARTS + 1;

/** Counts of sixteenths of the window, the newest first; `a` is the limit, `b` the window in milliseconds. */
export class SlidingWindowCount implements PolicyCount {
  readonly asOfUs: number;
  private readonly index: number;
  private readonly counts = Array.from({ length: BUCKETS }, () => 0);
  private sum = 0;

  constructor(
    body: unknown,
    private readonly policy: PolicyParameters,
    moment: CountMoment,
  ) {
    this.asOfUs = moment.nowUs;
    this.index = this.partOf(moment.nowUs);
    if (body !== undefined) this.take(body as SlidingBody, moment.writtenUs);
  }

  get free(): number {
    return this.policy.a - this.sum;
  }

  add(tokens: number): void {
    if (tokens > 0) {
      const added = Math.min(tokens, 2 * this.policy.a - this.sum);
      this.addTo(0, added);
      return;
    }
    let left = -tokens;
    for (let i = 0; i < BUCKETS; i++) {
      const back = Math.min(this.counts[i] as number, left);
      this.addTo(i, -back);
      left -= back;
    }
  }

  waitUs(tokens: number): number {
    if (tokens > this.policy.a) return NEVER;
    let missing = this.sum + tokens - this.policy.a;
    let i = BUCKETS;
    while (missing > 0 && i > 0) missing -= this.counts[--i] as number;
    return this.leavesInUs(i);
  }

  resetUs(): number {
    const newest = this.counts.findIndex((count) => count > 0);
    return newest < 0 ? 0 : this.leavesInUs(newest);
  }

  body(): SlidingBody {
    return { limit: this.policy.a, windowMs: this.policy.b, index: this.index, counts: [...this.counts] };
  }

  /** From the oldest, so that rounding errs by one in all. Under another window all of it counts from the last change on. */
  private take({ limit, windowMs, index, counts }: SlidingBody, writtenUs: number): void {
    const isSame = windowMs === this.policy.b;
    const moved = Math.max(0, this.index - (isSame ? index : this.partOf(writtenUs)));
    let counted = 0;
    for (let i = BUCKETS - 1; i >= 0; i--) {
      const to = moved + (isSame ? i : 0);
      if (to >= BUCKETS) continue;
      counted += counts[i] as number;
      this.addTo(to, rescaled(counted, limit, this.policy.a) - this.sum);
    }
  }

  private partOf(momentUs: number): number {
    return Math.floor((Math.floor(momentUs / 1000) * PARTS) / this.policy.b);
  }

  private addTo(i: number, tokens: number): void {
    this.counts[i] = (this.counts[i] as number) + tokens;
    this.sum += tokens;
  }

  /** Microseconds until that count is of no window any more. */
  private leavesInUs(i: number): number {
    return Math.ceil(((this.index - i + BUCKETS) * this.policy.b) / PARTS) * 1000 - this.asOfUs;
  }
}
