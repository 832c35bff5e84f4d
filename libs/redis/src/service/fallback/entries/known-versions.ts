import { LRUCache } from 'lru-cache';
import type { ScopeVersions, TagVersion, VersionScope } from '../../../domain/entry-store.js';

/** How many tags are remembered. The tags of a copy whose versions are forgotten count as invalidated. */
const MAX_TAGS = 20_000;

const NONE: TagVersion = Object.freeze({ removed: 0, stale: 0 });

/**
 * The versions that this process has seen last. They judge copies while the primary store is unavailable, together with
 * the invalidations that this process has issued since.
 */
export class KnownVersions {
  private readonly scopes = new Map<string, { readonly scope: VersionScope; versions: ScopeVersions }>();
  private readonly tags = new LRUCache<string, TagVersion>({ maxSize: MAX_TAGS, sizeCalculation: () => 1 });
  private newest = 0;

  /** The newest version of all. */
  get clock(): number {
    return this.newest;
  }

  /** The root namespaces that were used. */
  get roots(): readonly VersionScope[] {
    const roots = new Set([...this.scopes.values()].map(({ scope }) => scope.prefixes[0]));
    return [...roots].map((root): VersionScope => ({ prefixes: [root] }));
  }

  /** Notes versions that were read, or that an invalidation returned. */
  learn(scope: VersionScope, versions: ScopeVersions): void {
    if (versions.clock > this.newest) this.newest = versions.clock;
    const own = ownPrefix(scope);
    const known = this.scopes.get(own);
    if (known === undefined) this.scopes.set(own, { scope, versions });
    // Replies may arrive in another order.
    else if (versions.clock >= known.versions.clock) known.versions = versions;
  }

  learnTags(scope: VersionScope, tags: readonly string[], versions: readonly TagVersion[]): void {
    tags.forEach((tag, i) => this.tags.set(ownPrefix(scope) + tag, versions[i] ?? NONE));
  }

  /** Forgets the versions of tags that were invalidated. */
  forgetTags(scope: VersionScope, tags: readonly string[]): void {
    for (const tag of tags) this.tags.delete(ownPrefix(scope) + tag);
  }

  /** The versions by which a copy is judged. */
  of(scope: VersionScope): ScopeVersions {
    const known = this.scopes.get(ownPrefix(scope));
    if (known !== undefined) return known.versions;
    // No copy of this namespace can exist.
    const versions = { clock: this.newest, floor: 0, tagged: 0, isSweeping: false };
    this.scopes.set(ownPrefix(scope), { scope, versions });
    return versions;
  }

  /** The longest prefix of a namespace that a key begins with; undefined if no namespace of it was used. */
  prefixOf(key: string): string | undefined {
    let longest: string | undefined;
    for (const own of this.scopes.keys()) {
      if (key.startsWith(own) && own.length > (longest?.length ?? 0)) longest = own;
    }
    return longest;
  }

  /** The versions of tags. Unknown ones count as invalidated now, because another process may have done that. */
  tagsOf(scope: VersionScope, tags: readonly string[]): readonly TagVersion[] {
    return tags.map((tag) => this.tags.get(ownPrefix(scope) + tag) ?? { removed: Infinity, stale: 0 });
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
    const clock = ++this.newest;
    const versions = { ...this.of(scope), clock, tagged: clock };
    this.scopes.set(ownPrefix(scope), { scope, versions });
    for (const tag of tags) {
      const at = ownPrefix(scope) + tag;
      this.tags.set(at, { ...(this.tags.get(at) ?? NONE), [keepForErrors ? 'stale' : 'removed']: clock });
    }
    return versions;
  }
}

/** The prefix of the keys of a namespace. */
export function ownPrefix({ prefixes }: VersionScope): string {
  return prefixes.at(-1) ?? '';
}
