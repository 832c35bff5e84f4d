import { NEVER } from '../policy/decide.calls.js';
import type { PolicyParameters } from '../policy/policy-parameters.js';
import { rescaled, type CountMoment, type PolicyCount } from './policy-count.js';

interface FixedBody {
  readonly limit: number;
  readonly count: number;
}

/** One count from `b` to `c`; `a` is the limit. */
export class FixedWindowCount implements PolicyCount {
  readonly asOfUs: number;
  private count = 0;

  constructor(
    body: unknown,
    private readonly policy: PolicyParameters,
    { nowUs, writtenUs }: CountMoment,
  ) {
    this.asOfUs = nowUs;
    // It was last changed in this window, whatever the windows were then.
    if (body === undefined || writtenUs < policy.b) return;
    const { limit, count } = body as FixedBody;
    this.count = rescaled(count, limit, policy.a);
  }

  get free(): number {
    return this.policy.a - this.count;
  }

  add(tokens: number): void {
    this.count = Math.min(Math.max(0, this.count + tokens), 2 * this.policy.a);
  }

  waitUs(tokens: number): number {
    return tokens > this.policy.a ? NEVER : this.policy.c - this.asOfUs;
  }

  resetUs(): number {
    return this.count > 0 ? this.policy.c - this.asOfUs : 0;
  }

  body(): FixedBody {
    return { limit: this.policy.a, count: this.count };
  }
}
