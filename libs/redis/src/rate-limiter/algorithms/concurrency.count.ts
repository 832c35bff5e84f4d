import type { PolicyParameters } from '../policy/policy-parameters.js';
import type { CountMoment, PolicyCount } from './policy-count.js';

/** By number, until when that counts. */
type Holders = ReadonlyMap<number, number>;

/** Who is at it; `a` is how many may be, `b` how many microseconds a place is held without word of its holder. */
export class ConcurrencyCount implements PolicyCount {
  readonly asOfUs: number;
  private readonly holders = new Map<number, number>();

  constructor(
    body: unknown,
    private readonly policy: PolicyParameters,
    { nowUs, aheadUs }: CountMoment,
  ) {
    this.asOfUs = nowUs;
    for (const [holder, endsUs] of (body as Holders | undefined) ?? []) {
      const stopUs = Math.min(endsUs - aheadUs, nowUs + policy.b);
      if (stopUs > nowUs) this.holders.set(holder, stopUs);
    }
  }

  get free(): number {
    return this.policy.a - this.holders.size;
  }

  has(holder: number): boolean {
    return this.holders.has(holder);
  }

  /** Takes a place, or holds it longer; fewer than none: leaves. */
  add(tokens: number, holder: number): void {
    if (tokens > 0) this.holders.set(holder, this.asOfUs + this.policy.b);
    else this.holders.delete(holder);
  }

  waitUs(): number {
    const ends = [...this.holders.values()].sort((a, b) => a - b);
    return (ends[ends.length - this.policy.a] as number) - this.asOfUs;
  }

  resetUs(): number {
    return Math.max(this.asOfUs, ...this.holders.values()) - this.asOfUs;
  }

  body(): Holders {
    return new Map(this.holders);
  }
}
