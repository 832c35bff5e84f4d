/** A write and the keys that it changes. */
export interface KeyedWrite {
  readonly keys: readonly string[];
}

/**
 * The latest write of each key among the writes whose callers still wait. A retry of a write must not replace the value
 * of a later write.
 */
export class WriteLedger {
  private readonly last = new Map<string, KeyedWrite>();

  /** Call it when the write is sent for the first time. */
  enter(write: KeyedWrite): void {
    for (const key of write.keys) this.last.set(key, write);
  }

  /** Call it when the caller of the write has its result. */
  leave(write: KeyedWrite): void {
    for (const key of write.keys) if (this.last.get(key) === write) this.last.delete(key);
  }

  /** Whether none of its keys was written after it entered. */
  isNewest(write: KeyedWrite): boolean {
    return write.keys.every((key) => this.last.get(key) === write);
  }
}
