import { NamedStatistics } from '../../common/statistics/named-statistics.js';
import type { Clock } from '../../common/clock.js';
import type { RateLimitDecision } from '../policy/rate-limit-decision.js';
import type { OnLimiterError } from '../policy/rate-limiter-options.js';
import type { PolicySnapshot } from './limiter-snapshot.js';
import { PolicyStatistics } from './policy-statistics.js';

/** Counts the decisions of a limiter by policy. It stays bounded, however many policies calls name. */
export class LimiterStatistics {
  private readonly policies = new NamedStatistics(() => new PolicyStatistics());

  constructor(private readonly clock: Clock) {}

  /** The monotonic time in milliseconds. */
  get nowMs(): number {
    return this.clock.monotonicMs();
  }

  /** A decision without a question to Redis. */
  decided({ policies }: RateLimitDecision): void {
    for (const policy of policies) this.policies.of(policy.policy).decided(policy);
  }

  /** A decision that Redis was asked for. @param beganMs when the call began, in monotonic milliseconds */
  asked({ policies }: RateLimitDecision, beganMs: number): void {
    const ms = this.nowMs - beganMs;
    for (const policy of policies) {
      const statistics = this.policies.of(policy.policy);
      statistics.decided(policy);
      statistics.took(ms);
    }
  }

  /** Redis did not decide, and `action` did. */
  failed({ policies }: RateLimitDecision, action: OnLimiterError): void {
    for (const { policy } of policies) this.policies.of(policy).failed(action);
  }

  snapshots(): readonly PolicySnapshot[] {
    return this.policies.entries().map(([name, statistics]) => statistics.snapshot(name));
  }
}
