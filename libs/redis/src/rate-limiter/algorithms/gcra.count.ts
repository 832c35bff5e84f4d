import { NEVER } from '../policy/decide.calls.js';
import type { PolicyParameters } from '../policy/policy-parameters.js';
import { rescaled, type CountMoment, type PolicyCount } from './policy-count.js';

interface GcraBody {
  readonly full: number;
  readonly level: number;
}

/**
 * A bucket that leaks: a token fills `b` units of it, `c` of which leak away in each tick of `d` microseconds; full it holds `a`.
 * @see https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm
 */
export class GcraCount implements PolicyCount {
  readonly asOfUs: number;
  private level = 0;
  /** Of the current tick, what has passed. */
  private readonly pastUs: number;

  constructor(
    body: unknown,
    private readonly policy: PolicyParameters,
    { nowUs, writtenUs }: CountMoment,
  ) {
    this.pastUs = nowUs % policy.d;
    this.asOfUs = nowUs - this.pastUs;
    if (body === undefined) return;
    const { full, level } = body as GcraBody;
    this.level = rescaled(level, full, policy.a);
    if (writtenUs < this.asOfUs)
      this.level = Math.max(0, this.level - ((this.asOfUs - writtenUs) / policy.d) * policy.c);
  }

  get free(): number {
    return Math.floor((this.policy.a - this.level) / this.policy.b);
  }

  add(tokens: number): void {
    this.level = Math.min(Math.max(0, this.level + tokens * this.policy.b), 2 * this.policy.a);
  }

  waitUs(tokens: number): number {
    const { a, b } = this.policy;
    return tokens * b > a ? NEVER : this.untilLeakedUs(this.level + tokens * b - a);
  }

  resetUs(): number {
    return this.level === 0 ? 0 : this.untilLeakedUs(this.level);
  }

  body(): GcraBody {
    return { full: this.policy.a, level: this.level };
  }

  private untilLeakedUs(units: number): number {
    return Math.ceil(units / this.policy.c) * this.policy.d - this.pastUs;
  }
}
