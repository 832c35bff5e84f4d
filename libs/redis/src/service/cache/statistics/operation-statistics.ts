import { BucketCounts } from '../../../common/statistics/bucket-counts.js';
import { OPERATION_SECONDS } from '../../../common/statistics/buckets.js';
import type { OperationSnapshot } from './cache-snapshot.js';
import type { OperationOutcome } from './cache-operation.js';

/** The counts and durations of one operation of a cache. */
export class OperationStatistics {
  private ok = 0;
  private degraded = 0;
  private error = 0;
  private readonly seconds = new BucketCounts(OPERATION_SECONDS);

  ended(ms: number, outcome: OperationOutcome): void {
    if (outcome === 'ok') this.ok++;
    else this[outcome]++;
    this.seconds.add(ms / 1000);
  }

  get isUsed(): boolean {
    return this.ok + this.degraded + this.error > 0;
  }

  snapshot(): OperationSnapshot {
    const { ok, degraded, error } = this;
    return { outcomes: { ok, degraded, error }, seconds: this.seconds.snapshot() };
  }
}
