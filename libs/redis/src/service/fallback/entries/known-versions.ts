import { LRUCache } from 'lru-cache';
import type { ScopeVersions, TagVersion, VersionScope } from '../../../domain/entry-store.js';
import type { EntryMeta } from '../../../domain/value-codec.js';

/** How many tags are remembered. */
const MAX_TAGS = 20_000;

const NONE: TagVersion = Object.freeze({ removed: 0, stale: 0 });

interface KnownTag {
  readonly version: TagVersion;
  /** `storedTagged` when the version was requested: later invalidations are not in it. */
  readonly storedTagged: number;
}

interface KnownScope {
  readonly scope: VersionScope;
  versions: ScopeVersions;
  /** The newest version of any tag that the primary store has returned. */
  storedTagged: number;
}

/**
 * The versions that this process has seen last. They judge copies while the primary store is unavailable, together with
 * the invalidations that this process has issued since.
 */
export class KnownVersions {
  private readonly scopes = new Map<string, KnownScope>();
  /** The root namespaces that were used, by their prefix. */
  private readonly rootScopes = new Map<string, VersionScope>();
  private readonly tags = new LRUCache<string, KnownTag>({
    // With `max` the memory of all would be allocated in advance.
    maxSize: MAX_TAGS,
    sizeCalculation: () => 1,
    dispose: ({ version }, _tag, reason) => {
      if (reason === 'evict') this.evicted = Math.max(this.evicted, version.removed, version.stale);
    },
  });
  /** The newest version of a tag that is no longer remembered, because there are too many. */
  private evicted = 0;
  private newest = 0;
  /** What was learned last. */
  private latest: { readonly scope?: VersionScope; readonly versions?: ScopeVersions } = {};

  /** The newest version of all. */
  get clock(): number {
    return this.newest;
  }

  /** The root namespaces that were used. */
  get roots(): readonly VersionScope[] {
    return [...this.rootScopes.values()];
  }

  /** The root namespace of a key; undefined if none that was used contains it. */
  rootOf(key: string): VersionScope | undefined {
    for (const [prefix, scope] of this.rootScopes) if (key.startsWith(prefix)) return scope;
    return undefined;
  }

  /** Notes versions that were read, or that an invalidation returned. */
  learn(scope: VersionScope, versions: ScopeVersions): void {
    // The store returns the same object while nothing changes.
    if (versions === this.latest.versions && scope === this.latest.scope) return;
    this.latest = { scope, versions };
    if (versions.clock > this.newest) this.newest = versions.clock;
    const own = ownPrefix(scope);
    const known = this.scopes.get(own);
    if (known === undefined) this.add({ scope, versions, storedTagged: versions.tagged });
    // Replies may arrive in another order.
    else if (versions.clock >= known.versions.clock) {
      known.versions = isNewest(versions, known.versions) ? versions : newest(versions, known.versions);
      known.storedTagged = versions.tagged;
    }
  }

  /** The newest version of any tag that the primary store has returned. */
  storedTagged(scope: VersionScope): number {
    return this.knownOf(scope).storedTagged;
  }

  /**
   * Notes versions of tags that were read. Returns them together with what this process has invalidated and the primary
   * store does not know yet.
   * @param storedTagged the `storedTagged` when they were requested
   */
  learnTags(
    scope: VersionScope,
    tags: readonly string[],
    versions: readonly TagVersion[],
    storedTagged: number,
  ): readonly TagVersion[] {
    return tags.map((tag, i) => {
      const at = ownPrefix(scope) + tag;
      const version = newestTag(versions[i] ?? NONE, this.tags.get(at)?.version ?? NONE);
      this.tags.set(at, { version, storedTagged });
      return version;
    });
  }

  /** Forgets the versions of tags that were invalidated. */
  forgetTags(scope: VersionScope, tags: readonly string[]): void {
    for (const tag of tags) this.tags.delete(ownPrefix(scope) + tag);
  }

  /** The versions by which a copy is judged. */
  of(scope: VersionScope): ScopeVersions {
    return this.knownOf(scope).versions;
  }

  /** The longest prefix of a namespace that a key begins with; undefined if no namespace of it was used. */
  prefixOf(key: string): string | undefined {
    let longest: string | undefined;
    for (const own of this.scopes.keys()) {
      if (key.startsWith(own) && own.length > (longest?.length ?? 0)) longest = own;
    }
    return longest;
  }

  /**
   * The versions of tags. Another process may have invalidated an unknown one, or a known one since it was read, but no
   * later than the newest version of any tag that the primary store has returned.
   */
  tagsOf(scope: VersionScope, tags: readonly string[]): readonly TagVersion[] {
    const { storedTagged } = this.knownOf(scope);
    const unknown = { removed: Math.max(storedTagged, this.evicted), stale: 0 };
    return tags.map((tag) => {
      const known = this.tags.get(ownPrefix(scope) + tag);
      if (known === undefined) return unknown;
      return known.storedTagged < storedTagged ? newestTag(known.version, unknown) : known.version;
    });
  }

  /** Versions that were read, with what this process has invalidated and the primary store does not know yet. */
  merge(scope: VersionScope, versions: ScopeVersions): ScopeVersions {
    return newest(versions, this.of(scope));
  }

  /** Whether a value of a key is valid. A value that may only be used if a load fails is not. */
  isValid(key: string, { clock = 0, tags = [] }: Pick<EntryMeta, 'clock' | 'tags'>): boolean {
    const known = this.scopes.get(this.prefixOf(key) ?? '');
    if (known === undefined) return true;
    const { floor, tagged } = known.versions;
    if (clock < floor || clock >= tagged) return clock >= floor;
    return this.tagsOf(known.scope, tags).every(({ removed, stale }) => clock >= Math.max(removed, stale));
  }

  /** Issues a version for a flush of this process: it ends the entries of the namespace and of those inside it. */
  raiseFloor(scope: VersionScope): ScopeVersions {
    this.of(scope);
    const clock = ++this.newest;
    for (const [own, known] of this.scopes) {
      if (own.startsWith(ownPrefix(scope))) known.versions = { ...known.versions, clock, floor: clock };
    }
    return this.of(scope);
  }

  /** Issues a version for tags that this process invalidates. */
  invalidateTags(scope: VersionScope, tags: readonly string[], keepForErrors: boolean): ScopeVersions {
    const before = this.tagsOf(scope, tags);
    const known = this.knownOf(scope);
    const clock = ++this.newest;
    known.versions = { ...known.versions, clock, tagged: clock };
    const { storedTagged } = known;
    tags.forEach((tag, i) => {
      const version = { ...(before[i] ?? NONE), [keepForErrors ? 'stale' : 'removed']: clock };
      this.tags.set(ownPrefix(scope) + tag, { version, storedTagged });
    });
    return known.versions;
  }

  private knownOf(scope: VersionScope): KnownScope {
    const own = ownPrefix(scope);
    const known = this.scopes.get(own);
    if (known !== undefined) return known;
    // No copy of this namespace can exist.
    const unused = { clock: this.newest, floor: 0, tagged: 0, isSweeping: false };
    const created: KnownScope = { scope, versions: unused, storedTagged: 0 };
    return this.add(created);
  }

  private add(known: KnownScope): KnownScope {
    const [root] = known.scope.prefixes;
    if (!this.rootScopes.has(root)) this.rootScopes.set(root, { prefixes: [root] });
    this.scopes.set(ownPrefix(known.scope), known);
    return known;
  }
}

/** The prefix of the keys of a namespace. */
export function ownPrefix({ prefixes }: VersionScope): string {
  return prefixes.at(-1) ?? '';
}

/** Whether versions that were read contain all that is known. */
function isNewest(read: ScopeVersions, known: ScopeVersions): boolean {
  return read.floor >= known.floor && read.tagged >= known.tagged;
}

/** Versions that were read, with newer ones that are known. */
function newest(read: ScopeVersions, known: ScopeVersions): ScopeVersions {
  return {
    clock: Math.max(read.clock, known.clock),
    floor: Math.max(read.floor, known.floor),
    tagged: Math.max(read.tagged, known.tagged),
    isSweeping: read.isSweeping,
  };
}

function newestTag(a: TagVersion, b: TagVersion): TagVersion {
  return { removed: Math.max(a.removed, b.removed), stale: Math.max(a.stale, b.stale) };
}
