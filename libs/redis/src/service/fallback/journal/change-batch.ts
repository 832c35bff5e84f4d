import type { JournalEntry } from './journal-change.js';
import type { JournalScope } from './journal-scope.js';

/**
 * Changes of the journal that one call applies: many keys, or one change of anything else. There may be very many keys,
 * so each is three items of arrays and not an object, and knows its scope, so that it is not searched again.
 */
export class ChangeBatch {
  readonly keys: string[] = [];
  private readonly numbers: number[] = [];
  private readonly scopes: JournalScope[] = [];

  /** @param other the change of more than keys; undefined for a batch of keys */
  constructor(readonly other?: JournalEntry) {}

  /** The number of changes. */
  get size(): number {
    return this.other === undefined ? this.keys.length : 1;
  }

  add(key: string, number: number, scope: JournalScope): void {
    this.keys.push(key);
    this.numbers.push(number);
    this.scopes.push(scope);
  }

  /**
   * Removes the keys that have not changed again from their scopes.
   * @param onMoved called with each key that is not in its scope: it changed again, or another scope took it over
   * @returns how many were removed
   */
  removeKeys(onMoved: (key: string, number: number) => void): number {
    let removed = 0;
    for (let i = 0; i < this.keys.length; i++) {
      const [key, number, scope] = [this.keys[i] ?? '', this.numbers[i] ?? 0, this.scopes[i]];
      if (scope?.keys.get(key) !== number) onMoved(key, number);
      else if (scope.keys.delete(key)) removed++;
    }
    return removed;
  }
}

/** Which keys a batch contains. */
export interface BatchOptions {
  /** The most keys of a batch. */
  readonly maxKeys: number;
  /** A key that stays in the journal. It is asked when a batch is needed. */
  readonly isLeftOut: (key: string) => boolean;
}

/**
 * The changes of a scope and of those inside it, in any order. Each batch is made when it is needed, so it contains the
 * newest change of its keys. Changes may be added and settled meanwhile: added ones may be included.
 */
export function* batchesOf(
  top: JournalScope,
  { maxKeys, isLeftOut }: BatchOptions,
): Generator<ChangeBatch, void, undefined> {
  let batch = new ChangeBatch();
  for (const scope of top.withInner()) {
    for (const entry of scope.otherEntries()) yield new ChangeBatch(entry);
    for (const [key, number] of scope.keys) {
      if (isLeftOut(key)) continue;
      batch.add(key, number, scope);
      if (batch.size < maxKeys) continue;
      yield batch;
      batch = new ChangeBatch();
    }
  }
  if (batch.size > 0) yield batch;
}
