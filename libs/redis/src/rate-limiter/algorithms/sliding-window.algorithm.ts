import { NEVER } from '../policy/limiter-call.js';
import type { SlidingWindowParameters } from '../policy/policy-parameters.js';
import type { SlidingWindowState } from './count-state.js';
import { rescaled, type CountMoment, type PolicyCount } from './policy-count.js';

const PARTS = 16;
/** Parts that a window can overlap. */
const BUCKETS = PARTS + 1;

/** One count for each sixteenth of the window, the newest first. */
export class SlidingWindowCount implements PolicyCount {
  readonly asOfUs: number;
  private readonly index: number;
  private readonly counts = Array.from({ length: BUCKETS }, () => 0);
  private sum = 0;

  constructor(
    state: SlidingWindowState | undefined,
    private readonly policy: SlidingWindowParameters,
    moment: CountMoment,
  ) {
    this.asOfUs = moment.nowUs;
    this.index = this.partOf(moment.nowUs);
    if (state !== undefined) this.load(state, moment.writtenUs);
  }

  get free(): number {
    return this.policy.limit - this.sum;
  }

  add(tokens: number): void {
    if (tokens > 0) {
      const added = Math.min(tokens, 2 * this.policy.limit - this.sum);
      this.addTo(0, added);
      return;
    }
    let left = -tokens;
    for (let i = 0; i < BUCKETS; i++) {
      const back = Math.min(this.counts[i] ?? 0, left);
      this.addTo(i, -back);
      left -= back;
    }
  }

  waitUs(tokens: number): number {
    if (tokens > this.policy.limit) return NEVER;
    let missing = this.sum + tokens - this.policy.limit;
    let i = BUCKETS;
    while (missing > 0 && i > 0) missing -= this.counts[--i] ?? 0;
    return this.leavesInUs(i);
  }

  resetUs(): number {
    const newest = this.counts.findIndex((count) => count > 0);
    return newest < 0 ? 0 : this.leavesInUs(newest);
  }

  state(): SlidingWindowState {
    const { limit, windowMs } = this.policy;
    return { algorithm: 'sliding-window', limit, windowMs, index: this.index, counts: [...this.counts] };
  }

  /**
   * Loads the stored counts from the oldest on, so that rescaling rounds by one token in total. If the window length
   * has changed, all tokens count from the time of the last write.
   */
  private load({ limit, windowMs, index, counts }: SlidingWindowState, writtenUs: number): void {
    const isSameWindow = windowMs === this.policy.windowMs;
    const moved = Math.max(0, this.index - (isSameWindow ? index : this.partOf(writtenUs)));
    let counted = 0;
    for (let i = BUCKETS - 1; i >= 0; i--) {
      const to = moved + (isSameWindow ? i : 0);
      if (to >= BUCKETS) continue;
      counted += counts[i] ?? 0;
      this.addTo(to, rescaled(counted, limit, this.policy.limit) - this.sum);
    }
  }

  private partOf(momentUs: number): number {
    return Math.floor((Math.floor(momentUs / 1000) * PARTS) / this.policy.windowMs);
  }

  private addTo(i: number, tokens: number): void {
    this.counts[i] = (this.counts[i] ?? 0) + tokens;
    this.sum += tokens;
  }

  /** Microseconds until the i-th count leaves the window. */
  private leavesInUs(i: number): number {
    return Math.ceil(((this.index - i + BUCKETS) * this.policy.windowMs) / PARTS) * 1000 - this.asOfUs;
  }
}
