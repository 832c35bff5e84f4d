import type { JournalEntry, Prefixes } from './journal-change.js';

/** Which entries the invalidation of a tag leaves: none, or those that are used if a load fails. */
export type TagState = 'removed' | 'stale';

const NAME = /^[\w.-]{1,64}$/;

/** The end of the namespace inside `prefix` in which the key lies; -1 if it lies in `prefix` itself. */
function endOfNamespace(key: string, prefix: string): number {
  const colon = key.indexOf(':', prefix.length);
  const isNamed = colon !== -1 && key[colon + 1] === ':' && NAME.test(key.slice(prefix.length, colon));
  return isNamed ? colon + 2 : -1;
}

/**
 * The pending changes of one namespace, as the newest number of each; `inner` are the namespaces inside it. The
 * scope without a prefix contains the roots, and the keys that have none.
 *
 * A key is in the innermost scope that its text names, so a flush removes what is under its prefix without a search. A
 * namespace is recognised by its name and two colons. A root is not: `cache:` may also begin a plain key. It becomes a
 * scope when a change names it, and then takes over the keys that begin with it.
 * @see docs/decisions/0027-how-a-namespace-prefixes-its-keys.md
 */
export class JournalScope {
  readonly keys = new Map<string, number>();
  /** The number of the flush of this namespace. */
  flush: number | undefined;
  /** The prefixes of this namespace; undefined until a change states them. */
  prefixes: Prefixes | undefined;
  private tags: Readonly<Record<TagState, Map<string, number>>> | undefined;
  private inner: Map<string, JournalScope> | undefined;

  constructor(readonly prefix: string) {}

  /** The number of changes here, without the namespaces inside. */
  get ownSize(): number {
    const tags = this.tags === undefined ? 0 : this.tags.removed.size + this.tags.stale.size;
    return this.keys.size + tags + (this.flush === undefined ? 0 : 1);
  }

  /** The number of changes here and in the namespaces inside. */
  get size(): number {
    let size = this.ownSize;
    for (const scope of this.innerScopes()) size += scope.size;
    return size;
  }

  innerScopes(): Iterable<JournalScope> {
    return this.inner?.values() ?? [];
  }

  /** The known scope inside this one in which the text lies. */
  next(text: string): JournalScope | undefined {
    const { inner } = this;
    const colon = inner === undefined ? -1 : text.indexOf(':', this.prefix.length);
    if (inner === undefined || colon === -1) return undefined;
    const root = inner.get(text.slice(0, colon + 1));
    return root ?? (text[colon + 1] === ':' ? inner.get(text.slice(0, colon + 2)) : undefined);
  }

  /** Like `next`, and creates the scope of a namespace that the key names. */
  nextOfKey(key: string): JournalScope | undefined {
    const known = this.next(key);
    if (known !== undefined || this.prefix === '') return known;
    const end = endOfNamespace(key, this.prefix);
    return end === -1 ? undefined : this.scopeAt(key.slice(0, end));
  }

  /** The scope directly inside this one with this prefix. Creates it if necessary. */
  scopeAt(prefix: string): JournalScope {
    this.inner ??= new Map();
    let scope = this.inner.get(prefix);
    if (scope === undefined) {
      scope = new JournalScope(prefix);
      const isNamespace = this.prefix !== '' && endOfNamespace(prefix, this.prefix) === prefix.length;
      if (!isNamespace) this.moveInto(scope, this.inner);
      this.inner.set(prefix, scope);
    }
    return scope;
  }

  tagNumber(tag: string, state: TagState): number | undefined {
    return this.tags?.[state].get(tag);
  }

  /** Replaces an earlier change of the tag that this one includes. */
  addTag(tag: string, state: TagState, number: number): void {
    this.tags ??= { removed: new Map(), stale: new Map() };
    if (state === 'removed') this.tags.stale.delete(tag);
    this.tags[state].set(tag, number);
  }

  removeTag(tag: string, state: TagState): void {
    this.tags?.[state].delete(tag);
  }

  /** Forgets every change here and in the namespaces inside, which batches may still refer to. */
  clear(): void {
    for (const inner of this.innerScopes()) inner.clear();
    this.keys.clear();
    this.flush = undefined;
    this.tags = undefined;
    this.inner = undefined;
  }

  /** The changes here and in the namespaces inside. */
  *entries(): Generator<JournalEntry, void, undefined> {
    for (const scope of this.withInner()) {
      for (const [key, number] of scope.keys) yield { number, change: { kind: 'key', key } };
      yield* scope.otherEntries();
    }
  }

  /** The changes here that are not of keys. A change of several tags is one entry. */
  *otherEntries(): Generator<JournalEntry, void, undefined> {
    const { prefixes, flush, tags } = this;
    if (prefixes === undefined) return;
    if (flush !== undefined) yield { number: flush, change: { kind: 'flush', prefixes } };
    if (tags === undefined) return;
    for (const [keepForErrors, numbers] of [
      [false, tags.removed],
      [true, tags.stale],
    ] as const) {
      for (const [number, names] of tagsByNumber(numbers)) {
        yield { number, change: { kind: 'tags', prefixes, tags: names, keepForErrors } };
      }
    }
  }

  /** This scope, and those of the namespaces inside. */
  *withInner(): Generator<JournalScope, void, undefined> {
    yield this;
    for (const inner of this.innerScopes()) yield* inner.withInner();
  }

  /** Moves what begins with the prefix of a new scope into it. */
  private moveInto(scope: JournalScope, inner: Map<string, JournalScope>): void {
    for (const [prefix, nested] of inner) {
      if (!prefix.startsWith(scope.prefix)) continue;
      inner.delete(prefix);
      (scope.inner ??= new Map()).set(prefix, nested);
    }
    for (const [key, number] of this.keys) {
      if (!key.startsWith(scope.prefix)) continue;
      this.keys.delete(key);
      scopeOfKey(scope, key).keys.set(key, number);
    }
  }
}

/** The innermost scope in which the key lies, created if necessary. */
export function scopeOfKey(from: JournalScope, key: string): JournalScope {
  let scope = from;
  for (let next = scope.nextOfKey(key); next !== undefined; next = scope.nextOfKey(key)) scope = next;
  return scope;
}

/** The tags of each change, as pairs of the number and the tags. */
function tagsByNumber(numbers: ReadonlyMap<string, number>): ReadonlyMap<number, readonly string[]> {
  const groups = new Map<number, string[]>();
  for (const [tag, number] of numbers) {
    const group = groups.get(number);
    if (group === undefined) groups.set(number, [tag]);
    else group.push(tag);
  }
  return groups;
}
