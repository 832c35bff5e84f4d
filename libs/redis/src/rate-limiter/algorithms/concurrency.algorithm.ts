import type { ConcurrencyParameters } from '../policy/policy-parameters.js';
import type { ConcurrencyState } from './count-state.js';
import type { CountMoment, PolicyCount } from './policy-count.js';

/** The permits of one subject, by holder. */
export class ConcurrencyCount implements PolicyCount {
  readonly asOfUs: number;
  private readonly holders = new Map<number, number>();

  constructor(
    state: ConcurrencyState | undefined,
    private readonly policy: ConcurrencyParameters,
    { nowUs, aheadUs }: CountMoment,
  ) {
    this.asOfUs = nowUs;
    for (const [holder, storedUs] of state?.holders ?? []) {
      const expiresUs = Math.min(storedUs - aheadUs, nowUs + policy.holdUs);
      if (expiresUs > nowUs) this.holders.set(holder, expiresUs);
    }
  }

  get free(): number {
    return this.policy.limit - this.holders.size;
  }

  has(holder: number): boolean {
    return this.holders.has(holder);
  }

  /** Acquires or extends the permit of the holder. A negative number releases it. */
  add(tokens: number, holder: number): void {
    if (tokens > 0) this.holders.set(holder, this.asOfUs + this.policy.holdUs);
    else this.holders.delete(holder);
  }

  waitUs(): number {
    const ends = [...this.holders.values()].sort((a, b) => a - b);
    return (ends[ends.length - this.policy.limit] ?? this.asOfUs) - this.asOfUs;
  }

  resetUs(): number {
    return Math.max(this.asOfUs, ...this.holders.values()) - this.asOfUs;
  }

  state(): ConcurrencyState {
    return { algorithm: 'concurrency', holders: new Map(this.holders) };
  }
}
