import type { Clock } from '../../../common/clock.js';
import type { JournalChange } from '../journal/journal-change.js';

/** How long an acknowledged change may be missing on a replica that becomes the master. */
const KEPT_MS = 30_000;
const MAX_CHANGES = 10_000;

/**
 * The changes that the primary store acknowledged in the last 30 s. A replica that became the master may have missed
 * them.
 */
export class RecentChanges {
  /** A ring: `next` is the place of the oldest change when it is full. A text is a key. */
  private readonly ring: (JournalChange | string)[] = [];
  private readonly times: number[] = [];
  private next = 0;

  constructor(private readonly clock: Clock) {}

  add(change: JournalChange): void {
    this.put(change, this.clock.monotonicMs());
  }

  addKeys(keys: readonly string[]): void {
    const atMs = this.clock.monotonicMs();
    for (const key of keys) this.put(key, atMs);
  }

  /** The changes since `momentMs`, less 30 s; undefined if there were more than are kept. */
  since(momentMs: number): readonly JournalChange[] | undefined {
    const fromMs = momentMs - KEPT_MS;
    const oldestMs = this.times[this.next];
    if (this.ring.length === MAX_CHANGES && oldestMs !== undefined && oldestMs > fromMs) return undefined;
    const kept = this.ring.filter((_, i) => (this.times[i] ?? 0) >= fromMs);
    return kept.map((change) => (typeof change === 'string' ? { kind: 'key', key: change } : change));
  }

  private put(change: JournalChange | string, atMs: number): void {
    this.ring[this.next] = change;
    this.times[this.next] = atMs;
    this.next = (this.next + 1) % MAX_CHANGES;
  }
}
