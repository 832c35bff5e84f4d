import type {
  EntryWrite,
  RaisedVersions,
  Removal,
  ScopeVersions,
  SweepOptions,
  VersionScope,
} from '../../../domain/entry-store.js';
import { keepOutageValue } from '../copies/outage-value.js';
import type { JournalChange } from '../journal/journal-change.js';
import { JournaledChanges } from './journaled-changes.js';
import { ownPrefix } from './known-versions.js';
import type { FallbackEntriesParts } from './primary-access.js';

type KeyedWrite = EntryWrite & { readonly key: string };

/** Changes of entries and versions: in the primary store, or in the journal while the store is unavailable. */
export class FallbackChanges {
  private readonly changes: JournaledChanges;

  constructor(private readonly parts: FallbackEntriesParts) {
    this.changes = new JournaledChanges(parts.state, parts.isAborted);
  }

  async write(key: string, entry: EntryWrite): Promise<void> {
    await this.changes.change([key], () => this.parts.primary.write(key, entry), {
      keep: () => keepOutageValue(this.parts, key, entry),
      remove: () => this.parts.primary.remove([key]),
    });
  }

  async writeMany(entries: readonly KeyedWrite[]): Promise<void> {
    const keys = entries.map(({ key }) => key);
    await this.changes.change(keys, () => this.parts.primary.writeMany(entries), {
      keep: (i) => {
        const entry = entries[i];
        if (entry !== undefined) keepOutageValue(this.parts, entry.key, entry);
      },
      remove: () => this.parts.primary.remove(keys),
    });
  }

  async remove(keys: readonly string[]): Promise<Removal> {
    const removal = await this.changes.change(keys, () => this.parts.primary.remove(keys));
    return removal ?? { removed: 0, status: 'journaled' };
  }

  incr(key: string, amount: number, ttlMs: number | undefined): Promise<number> {
    return this.changes.changeOrRefuse('incr', key, () => this.parts.primary.incr(key, amount, ttlMs));
  }

  hset(key: string, field: string, value: unknown, ttlMs: number | undefined): Promise<void> {
    return this.changes.changeOrRefuse('hset', key, () => this.parts.primary.hset(key, field, value, ttlMs));
  }

  hdel(key: string, fields: readonly string[]): Promise<number> {
    return this.changes.changeOrRefuse('hdel', key, () => this.parts.primary.hdel(key, fields));
  }

  expire(key: string, ttlMs: number): Promise<boolean> {
    return this.changes.changeOrRefuse('expire', key, () => this.parts.primary.expire(key, ttlMs));
  }

  async voidLeases(keys: readonly string[]): Promise<void> {
    this.parts.state.drop(keys);
    await this.parts.primary.voidLeases(keys);
    this.parts.state.drop(keys);
  }

  async raiseFloor(scope: VersionScope, seen: number): Promise<RaisedVersions> {
    const { versions } = this.parts.state;
    const own = ownPrefix(scope);
    const change: JournalChange = { kind: 'flush', prefixes: scope.prefixes };
    this.parts.state.dropUnder(own);
    const raised = await this.attempt(
      () => this.parts.primary.raiseFloor(scope, Math.max(seen, versions.clock)),
      change,
    );
    this.parts.state.dropUnder(own);
    if (raised === undefined) return { ...versions.raiseFloor(scope), status: 'journaled' };
    this.acknowledged(scope, raised, change);
    return raised;
  }

  async invalidateTags(
    scope: VersionScope,
    tags: readonly string[],
    { keepForErrors, seen }: { readonly keepForErrors: boolean; readonly seen: number },
  ): Promise<RaisedVersions> {
    const { versions } = this.parts.state;
    const change: JournalChange = { kind: 'tags', prefixes: scope.prefixes, tags, keepForErrors };
    const options = { keepForErrors, seen: Math.max(seen, versions.clock) };
    const raised = await this.attempt(() => this.parts.primary.invalidateTags(scope, tags, options), change);
    if (raised === undefined) return { ...versions.invalidateTags(scope, tags, keepForErrors), status: 'journaled' };
    versions.forgetTags(scope, tags);
    this.acknowledged(scope, raised, change);
    return raised;
  }

  /** Removes nothing while the primary store is unavailable: the flush in the journal includes a sweep. */
  async sweep(scope: VersionScope, floor: number, options?: SweepOptions): Promise<number> {
    const change: JournalChange = { kind: 'flush', prefixes: scope.prefixes };
    if (this.parts.state.outage.isUntrusted) return 0;
    return (await this.attempt(() => this.parts.primary.sweep(scope, floor, options), change)) ?? 0;
  }

  /** Runs a change of versions. Undefined if it went into the journal. */
  private async attempt<T>(run: () => Promise<T>, change: JournalChange): Promise<T | undefined> {
    const { outage } = this.parts.state;
    if (!outage.isUntrusted) return this.changes.attempt(run, [change]);
    await this.parts.state.keepForLater([change]);
    return undefined;
  }

  private acknowledged(scope: VersionScope, versions: ScopeVersions, change: JournalChange): void {
    const { state } = this.parts;
    state.versions.learn(scope, versions);
    state.recent.add(change);
  }
}
