import type { Clock } from '../../../common/clock.js';
import type { JournalChange } from '../journal/journal-change.js';

/** How long an acknowledged change may be missing on a replica that becomes the master. */
const KEPT_MS = 30_000;
const MAX_CHANGES = 10_000;

interface RecentChange {
  readonly atMs: number;
  readonly change: JournalChange;
}

/**
 * The changes that the primary store acknowledged in the last 30 s. A replica that became the master may have missed
 * them.
 */
export class RecentChanges {
  /** A ring: `next` is the place of the oldest change when it is full. */
  private readonly ring: RecentChange[] = [];
  private next = 0;

  constructor(private readonly clock: Clock) {}

  add(change: JournalChange): void {
    this.ring[this.next] = { atMs: this.clock.monotonicMs(), change };
    this.next = (this.next + 1) % MAX_CHANGES;
  }

  /** The changes since `momentMs`, less 30 s; undefined if there were more than are kept. */
  since(momentMs: number): readonly JournalChange[] | undefined {
    const fromMs = momentMs - KEPT_MS;
    const oldest = this.ring[this.next];
    if (this.ring.length === MAX_CHANGES && oldest !== undefined && oldest.atMs > fromMs) return undefined;
    return this.ring.filter(({ atMs }) => atMs >= fromMs).map(({ change }) => change);
  }
}
