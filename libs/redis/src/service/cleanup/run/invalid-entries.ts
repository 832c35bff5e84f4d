import type { StoreCapabilities } from '../../../domain/cache-store.js';
import type { EntryStore, ScopeVersions, TagVersion, VersionScope } from '../../../domain/entry-store.js';
import type { EntryMeta } from '../../../domain/value-codec.js';
import { judge, tagsToCheck } from '../../cache/entry/entry-validity.js';
import type { CleanupReason } from '../cleanup-report.js';

const ROOT = /^[\w.-]{1,64}:/;
const NAMESPACE = /[\w.-]{1,64}::/y;

/** An entry found by a scan. */
export interface FoundEntry {
  readonly key: string;
  readonly meta: EntryMeta;
}

/** Finds the entries that no read returns any more, by the rules of the reads. */
export class InvalidEntries {
  constructor(
    private readonly entries: EntryStore,
    private readonly shards: StoreCapabilities['shards'],
  ) {}

  /** Why each entry is invalid; undefined if it is not. The versions are read once for all entries of a namespace and shard. */
  async reasons(found: readonly FoundEntry[], nowMs: number): Promise<readonly (CleanupReason | undefined)[]> {
    const groups = new Map<string, Promise<ScopeReads>>();
    return Promise.all(
      found.map(async ({ key, meta }) => {
        if (meta.clock === undefined)
          return meta.expires !== undefined && nowMs >= meta.expires ? 'expired' : undefined;
        const scope = scopeOf(key);
        if (scope === undefined) return undefined;
        const group = `${this.shards?.shardOf(key) ?? ''} ${scope.prefixes.join(' ')}`;
        let reads = groups.get(group);
        if (reads === undefined) groups.set(group, (reads = ScopeReads.open(this.entries, scope, key)));
        return (await reads).reason(meta, nowMs);
      }),
    );
  }

  /** Ends the flush of a namespace that was interrupted. Returns how many keys it removed. */
  async sweep(prefix: string): Promise<number> {
    const scope = scopeOf(prefix);
    if (scope === undefined) return 0;
    const { isSweeping, floor } = await this.entries.versions(scope);
    return isSweeping ? this.entries.sweep(scope, floor) : 0;
  }
}

/** The versions of one namespace on one shard. Each tag is read once. */
class ScopeReads {
  private readonly tags = new Map<string, Promise<TagVersion | undefined>>();

  private constructor(
    private readonly versions: ScopeVersions,
    private readonly readTag: (tag: string) => Promise<readonly TagVersion[]>,
  ) {}

  static async open(entries: EntryStore, scope: VersionScope, key: string): Promise<ScopeReads> {
    return new ScopeReads(await entries.versions(scope, key), (tag) => entries.tagVersions(scope, [tag], key));
  }

  async reason(meta: EntryMeta, nowMs: number): Promise<CleanupReason | undefined> {
    const versions = await Promise.all(tagsToCheck(meta, this.versions).map((tag) => this.versionOf(tag)));
    const known = versions.filter((version) => version !== undefined);
    const { state } = judge({ stored: { value: undefined, meta }, nowMs }, this.versions, known);
    if (state === 'expired') return 'expired';
    if (state !== 'invalidated') return undefined;
    return (meta.clock ?? 0) < this.versions.floor ? 'flush' : 'tag';
  }

  private versionOf(tag: string): Promise<TagVersion | undefined> {
    let version = this.tags.get(tag);
    if (version === undefined) this.tags.set(tag, (version = this.readTag(tag).then(([first]) => first)));
    return version;
  }
}

/** The namespaces of a stored key, the root first. A key whose rest begins with a colon is one of the root. */
export function scopeOf(key: string): VersionScope | undefined {
  const root = ROOT.exec(key)?.[0];
  if (root === undefined) return undefined;
  const prefixes: [string, ...string[]] = [root];
  NAMESPACE.lastIndex = root.length;
  while (NAMESPACE.test(key)) prefixes.push(key.slice(0, NAMESPACE.lastIndex));
  return { prefixes };
}
