import { NamedCounts } from '../../../common/statistics/named-counts.js';
import type { StoredRead } from '../../../domain/entry-store.js';
import type { ShardOutcome } from './shard-snapshot.js';

/** Counts the calls to the server of one shard. */
export class ShardStatistics {
  private readonly outcomes = new NamedCounts<ShardOutcome>();

  ended(outcome: ShardOutcome): void {
    this.outcomes.add(outcome);
  }

  /** Counts the read of an entry, and returns it. Bound, because the hot path has no closure. */
  readonly found = <R extends Pick<StoredRead<unknown>, 'stored'>>(read: R): R => {
    this.outcomes.add(read.stored === undefined ? 'miss' : 'hit');
    return read;
  };

  /** Counts an error, and throws it. Bound like `found`. */
  readonly failed = (error: unknown): never => {
    this.outcomes.add('error');
    throw error;
  };

  snapshot(): Readonly<Partial<Record<ShardOutcome, number>>> {
    return this.outcomes.snapshot();
  }
}
