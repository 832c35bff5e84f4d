/** A write, by the keys it changes. */
export interface KeyedWrite {
  readonly keys: readonly string[];
}

/**
 * Which write of a key was the last to leave, among those whose callers still wait. A write that is sent again must not undo one that
 * was made after it.
 */
export class WriteLedger {
  private readonly last = new Map<string, KeyedWrite>();

  enter(write: KeyedWrite): void {
    for (const key of write.keys) this.last.set(key, write);
  }

  /** Its caller has an answer. */
  leave(write: KeyedWrite): void {
    for (const key of write.keys) if (this.last.get(key) === write) this.last.delete(key);
  }

  /** Nobody has written any of its keys since it entered. */
  isNewest(write: KeyedWrite): boolean {
    return write.keys.every((key) => this.last.get(key) === write);
  }
}
