import { BucketCounts } from '../../common/statistics/bucket-counts.js';
import { OPERATION_SECONDS } from '../../common/statistics/buckets.js';
import { NamedCounts } from '../../common/statistics/named-counts.js';
import type { PolicyDecision } from '../policy/rate-limit-decision.js';
import type { OnLimiterError } from '../policy/rate-limiter-options.js';
import type { PolicySnapshot } from './limiter-snapshot.js';

/** The counts of one policy. */
export class PolicyStatistics {
  private allowed = 0;
  private refused = 0;
  private shadowRefused = 0;
  private readonly errors = new NamedCounts<OnLimiterError>();
  private readonly seconds = new BucketCounts(OPERATION_SECONDS);

  decided({ allowed, shadow }: PolicyDecision): void {
    if (allowed) this.allowed++;
    else if (shadow) this.shadowRefused++;
    else this.refused++;
  }

  took(ms: number): void {
    this.seconds.add(ms / 1000);
  }

  failed(action: OnLimiterError): void {
    this.errors.add(action);
  }

  snapshot(policy: string): PolicySnapshot {
    const { allowed, refused, shadowRefused } = this;
    return {
      policy,
      decisions: { allowed, refused, 'shadow-refused': shadowRefused },
      errors: this.errors.snapshot(),
      seconds: this.seconds.snapshot(),
    };
  }
}
