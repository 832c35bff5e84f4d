import { NEVER } from '../policy/limiter-call.js';
import type { FixedWindowParameters } from '../policy/policy-parameters.js';
import type { FixedWindowState } from './count-state.js';
import { rescaled, type CountMoment, type PolicyCount } from './policy-count.js';

/** One count for the current window. */
export class FixedWindowCount implements PolicyCount {
  readonly asOfUs: number;
  private count = 0;

  constructor(
    state: FixedWindowState | undefined,
    private readonly policy: FixedWindowParameters,
    { nowUs, writtenUs }: CountMoment,
  ) {
    this.asOfUs = nowUs;
    // A count of an earlier window is void. A changed window keeps the count if it was written in the current one.
    if (state === undefined || writtenUs < policy.startUs) return;
    this.count = rescaled(state.count, state.limit, policy.limit);
  }

  get free(): number {
    return this.policy.limit - this.count;
  }

  add(tokens: number): void {
    this.count = Math.min(Math.max(0, this.count + tokens), 2 * this.policy.limit);
  }

  waitUs(tokens: number): number {
    return tokens > this.policy.limit ? NEVER : this.policy.endUs - this.asOfUs;
  }

  resetUs(): number {
    return this.count > 0 ? this.policy.endUs - this.asOfUs : 0;
  }

  state(): FixedWindowState {
    return { algorithm: 'fixed-window', limit: this.policy.limit, count: this.count };
  }
}
