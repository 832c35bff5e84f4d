import { NEVER } from '../policy/limiter-call.js';
import type { GcraParameters } from '../policy/policy-parameters.js';
import type { GcraState } from './count-state.js';
import { rescaled, type CountMoment, type PolicyCount } from './policy-count.js';

/**
 * A leaky bucket: each token adds `tokenCost` units to the level, `leakPerTick` units leak in each tick of `tickUs`
 * microseconds, and the level is at most `capacity`, or twice that after a penalty.
 * @see https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm
 */
export class GcraCount implements PolicyCount {
  readonly asOfUs: number;
  private level = 0;
  /** Time since the last tick. */
  private readonly sinceTickUs: number;

  constructor(
    state: GcraState | undefined,
    private readonly policy: GcraParameters,
    { nowUs, writtenUs }: CountMoment,
  ) {
    this.sinceTickUs = nowUs % policy.tickUs;
    this.asOfUs = nowUs - this.sinceTickUs;
    if (state === undefined) return;
    this.level = rescaled(state.level, state.capacity, policy.capacity);
    if (writtenUs < this.asOfUs)
      this.level = Math.max(0, this.level - ((this.asOfUs - writtenUs) / policy.tickUs) * policy.leakPerTick);
  }

  get free(): number {
    return Math.floor((this.policy.capacity - this.level) / this.policy.tokenCost);
  }

  add(tokens: number): void {
    this.level = Math.min(Math.max(0, this.level + tokens * this.policy.tokenCost), 2 * this.policy.capacity);
  }

  waitUs(tokens: number): number {
    const { capacity, tokenCost } = this.policy;
    const units = tokens * tokenCost;
    return units > capacity ? NEVER : this.untilLeakedUs(this.level + units - capacity);
  }

  resetUs(): number {
    return this.level === 0 ? 0 : this.untilLeakedUs(this.level);
  }

  state(): GcraState {
    return { algorithm: 'gcra', capacity: this.policy.capacity, level: this.level };
  }

  private untilLeakedUs(units: number): number {
    return Math.ceil(units / this.policy.leakPerTick) * this.policy.tickUs - this.sinceTickUs;
  }
}
