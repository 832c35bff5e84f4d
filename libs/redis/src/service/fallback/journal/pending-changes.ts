import { batchesOf, ChangeBatch, type BatchOptions } from './change-batch.js';
import { JournalScope, scopeOfKey, type TagState } from './journal-scope.js';
import type { JournalChange, JournalEntry, Prefixes } from './journal-change.js';

type TagsChange = Extract<JournalChange, { kind: 'tags' }>;

const stateOf = ({ keepForErrors }: TagsChange): TagState => (keepForErrors ? 'stale' : 'removed');

/** The changes of one root, or of the keys without a root, as one change. */
export interface CollapsedChanges {
  readonly change: JournalChange;
  /** How many changes it replaces. */
  readonly lost: number;
}

/**
 * The changes of the journal in memory: per key and tag the newest. There may be very many keys, so only their numbers
 * are kept, and entries are created on demand. A change replaces the earlier ones that it includes, and never a later
 * one: the earlier one may be on its way to the primary.
 */
export class PendingChanges {
  /** Contains the roots. Its own keys have none, and its flush is a `clear`. */
  private readonly top = new JournalScope('');
  /** The pending `clear` may remove every key of a database. */
  private wholeDatabase = false;
  private count = 0;

  /** @param rootOf the prefixes of the root of a key; undefined if it has none */
  constructor(private readonly rootOf: (key: string) => Prefixes | undefined) {}

  /** The number of keys, tags and flushes. */
  get size(): number {
    return this.count;
  }

  apply({ number, change }: JournalEntry): void {
    switch (change.kind) {
      case 'key':
        return this.applyKey(change.key, number);
      case 'tags':
        return this.applyTags(change, number);
      case 'flush':
        return this.applyFlush(this.scopeOf(change.prefixes), number);
      case 'clear':
        return this.applyClear(change, number);
    }
  }

  /** Whether a change concerns the key: one of the key itself, or a flush or clear. */
  has(key: string): boolean {
    if (this.count === 0) return false;
    let scope = this.top;
    for (let next = scope.next(key); next !== undefined; next = scope.next(key)) {
      if (scope.flush !== undefined) return true;
      scope = next;
    }
    return scope.flush !== undefined || scope.keys.has(key);
  }

  keyEntry(key: string): JournalEntry | undefined {
    const number = this.count === 0 ? undefined : this.closest(key).keys.get(key);
    return number === undefined ? undefined : { number, change: { kind: 'key', key } };
  }

  tagState(ownPrefix: string, tag: string): TagState | undefined {
    const scope = this.count === 0 ? undefined : this.scopeWith(ownPrefix);
    if (scope === undefined) return undefined;
    if (scope.tagNumber(tag, 'removed') !== undefined) return 'removed';
    return scope.tagNumber(tag, 'stale') === undefined ? undefined : 'stale';
  }

  /** The changes by number. */
  entries(): JournalEntry[] {
    return [...this.clearEntries(), ...this.top.entries()].sort((one, other) => one.number - other.number);
  }

  /** The changes in any order, in groups. Changes may be added and settled meanwhile. */
  *batches(options: BatchOptions): Generator<ChangeBatch, void, undefined> {
    for (const entry of this.clearEntries()) yield new ChangeBatch(entry);
    yield* batchesOf(this.top, options);
  }

  /** Removes what a batch contains. Later changes stay. */
  settleBatch(batch: ChangeBatch): void {
    if (batch.other !== undefined) return this.settleOne(batch.other);
    const removed = batch.removeKeys((key, number) => this.settleOne({ number, change: { kind: 'key', key } }));
    this.count -= removed;
  }

  /** Removes what these very entries have added. Later changes of the same keys and tags stay. */
  settle(entries: Iterable<JournalEntry>): void {
    for (const entry of entries) this.settleOne(entry);
  }

  /** The changes of the root with the most as one; undefined if no root has more than one. */
  collapseLargest(): CollapsedChanges | undefined {
    let change: JournalChange = { kind: 'clear' };
    let lost = this.top.ownSize;
    for (const { size, prefixes } of this.top.innerScopes()) {
      if (size <= lost || prefixes === undefined) continue;
      lost = size;
      change = { kind: 'flush', prefixes };
    }
    return lost > 1 ? { change, lost } : undefined;
  }

  private clearEntries(): readonly JournalEntry[] {
    const { flush } = this.top;
    if (flush === undefined) return [];
    const change: JournalChange = this.wholeDatabase ? { kind: 'clear', wholeDatabase: true } : { kind: 'clear' };
    return [{ number: flush, change }];
  }

  private applyKey(key: string, number: number): void {
    const root = this.rootOf(key);
    if (root !== undefined) this.scopeOf(root);
    const { keys } = scopeOfKey(this.top, key);
    const before = keys.size;
    keys.set(key, number);
    this.count += keys.size - before;
  }

  private applyTags(change: TagsChange, number: number): void {
    const scope = this.scopeOf(change.prefixes);
    const before = scope.ownSize;
    for (const tag of change.tags) scope.addTag(tag, stateOf(change), number);
    this.count += scope.ownSize - before;
  }

  private applyFlush(scope: JournalScope, number: number): void {
    this.count -= scope.size - 1;
    scope.clear();
    scope.flush = number;
  }

  /**
   * Replaces the keys without a root. The changes of roots stay: a clear removes values one after the other and
   * issues no version, so a load that began before may still publish.
   */
  private applyClear({ wholeDatabase }: Extract<JournalChange, { kind: 'clear' }>, number: number): void {
    const { top } = this;
    this.count -= top.ownSize - 1;
    top.keys.clear();
    top.flush = number;
    this.wholeDatabase ||= wholeDatabase === true;
  }

  private settleOne({ number, change }: JournalEntry): void {
    switch (change.kind) {
      case 'key': {
        const { keys } = this.closest(change.key);
        if (keys.get(change.key) === number && keys.delete(change.key)) this.count--;
        return;
      }
      case 'tags':
        return this.settleTags(change, number);
      case 'flush':
        return this.settleFlush(this.scopeWith(change.prefixes.at(-1) ?? ''), number);
      case 'clear':
        this.settleFlush(this.top, number);
        if (this.top.flush === undefined) this.wholeDatabase = false;
        return;
    }
  }

  private settleTags(change: TagsChange, number: number): void {
    const scope = this.scopeWith(change.prefixes.at(-1) ?? '');
    const state = stateOf(change);
    for (const tag of change.tags) {
      if (scope?.tagNumber(tag, state) !== number) continue;
      scope.removeTag(tag, state);
      this.count--;
    }
  }

  private settleFlush(scope: JournalScope | undefined, number: number): void {
    if (scope?.flush !== number) return;
    scope.flush = undefined;
    this.count--;
  }

  /** The innermost known scope in which the text lies. */
  private closest(text: string): JournalScope {
    let scope = this.top;
    for (let next = scope.next(text); next !== undefined; next = scope.next(text)) scope = next;
    return scope;
  }

  private scopeWith(prefix: string): JournalScope | undefined {
    const scope = this.closest(prefix);
    return scope.prefix === prefix ? scope : undefined;
  }

  /** The scope of the last prefix, created if necessary. */
  private scopeOf(prefixes: Prefixes): JournalScope {
    let scope = this.closest(prefixes.at(-1) ?? '');
    if (scope.prefix === prefixes.at(-1) && scope.prefixes !== undefined) return scope;
    const [root, ...rest] = prefixes;
    for (const [depth, prefix] of prefixes.entries()) {
      if (prefix.length > scope.prefix.length) scope = scope.scopeAt(prefix);
      if (prefix === scope.prefix) scope.prefixes ??= [root, ...rest.slice(0, depth)];
    }
    return scope;
  }
}
