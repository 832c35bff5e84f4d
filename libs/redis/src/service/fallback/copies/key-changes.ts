/** The smallest number of changed keys that are remembered. A read during which more keys change leaves no copy. */
const REMEMBERED = 1000;

/**
 * Shows whether a key changed since a read of it was sent: its reply may be from before the change. Reads are not
 * recorded, only changes, because there are many more reads.
 */
export class KeyChanges {
  private newest = 0;
  /** The last change of each key: of the keys that changed lately, and of those that changed before. */
  private recent = new Map<string, number>();
  private earlier = new Map<string, number>();
  /** The changes after this one are remembered. */
  private forgotten = 0;

  /** The number of changes so far. */
  get count(): number {
    return this.newest;
  }

  /** A key changes. */
  add(key: string): void {
    if (this.recent.size >= REMEMBERED) this.forgetEarlier();
    this.recent.set(key, ++this.newest);
  }

  /** Any key may have changed. */
  addAll(): void {
    this.forgotten = ++this.newest;
    this.recent.clear();
    this.earlier.clear();
  }

  /** Whether the key has not changed since there were `count` changes. False if that is not remembered. */
  isUnchanged(key: string, count: number): boolean {
    if (count === this.newest) return true;
    if (count < this.forgotten) return false;
    return (this.recent.get(key) ?? this.earlier.get(key) ?? 0) <= count;
  }

  private forgetEarlier(): void {
    for (const number of this.earlier.values()) this.forgotten = Math.max(this.forgotten, number);
    this.earlier = this.recent;
    this.recent = new Map();
  }
}
