import { zip } from '../../../common/zip.js';
import type { EntryRead, ScopeVersions, StoredRead, TagVersion, VersionScope } from '../../../domain/entry-store.js';
import type { ReadStart } from '../copies/read-start.js';
import { answerInstead, askPrimary, type FallbackEntriesParts } from './primary-access.js';
import { ValueReads } from './value-reads.js';

/** Reads of entries and versions: from the primary store, or from what this process knows. */
export class FallbackReads {
  private readonly values: ValueReads;

  constructor(private readonly parts: FallbackEntriesParts) {
    this.values = new ValueReads(parts);
  }

  /** Not an `async` function: this is the hot path, and `async` would add microtasks to each call. */
  read<T>(key: string, scope: VersionScope): Promise<EntryRead<T>> {
    if (this.parts.state.outage.isUntrusted) return this.readLocally<T>(key, scope);
    const start = this.values.begin(key);
    return this.parts.primary.read<T>(key, scope).then(
      (read) =>
        this.values.isUntrusted(start) ? this.readLocally<T>(key, scope) : this.accept(read, key, start, scope),
      (error: unknown) => answerInstead(error, this.parts, () => this.readLocally<T>(key, scope)),
    );
  }

  async readMany<T>(keys: readonly string[], scope: VersionScope): Promise<readonly EntryRead<T>[]> {
    const locally = (): Promise<readonly EntryRead<T>[]> =>
      Promise.all(keys.map((key) => this.readLocally<T>(key, scope)));
    if (this.parts.state.outage.isUntrusted) return locally();
    const starts = keys.map((key) => this.values.begin(key));
    try {
      const reads = await this.parts.primary.readMany<T>(keys, scope);
      const [first] = starts;
      if (first !== undefined && this.values.isUntrusted(first)) return await locally();
      const accepted = zip(reads, zip(keys, starts)).map(async ([read, [key, start]]) =>
        this.accept(read, key, start, scope),
      );
      return await Promise.all(accepted);
    } catch (error) {
      return answerInstead(error, this.parts, locally);
    }
  }

  readValue<T>(key: string): Promise<StoredRead<T>> {
    return this.values.readValue<T>(key);
  }

  readValues<T>(keys: readonly string[]): Promise<readonly StoredRead<T>[]> {
    return this.values.readValues<T>(keys);
  }

  async versions(scope: VersionScope): Promise<ScopeVersions> {
    return askPrimary(
      this.parts,
      async () => {
        const versions = await this.parts.primary.versions(scope);
        this.parts.state.versions.learn(scope, versions);
        return versions;
      },
      () => this.parts.state.versions.of(scope),
    );
  }

  now(key: string): Promise<number> {
    return askPrimary(
      this.parts,
      () => this.parts.primary.now(key),
      () => this.parts.state.serverTime.nowMs,
    );
  }

  tagVersions(scope: VersionScope, tags: readonly string[]): Promise<readonly TagVersion[]> {
    const { primary, state } = this.parts;
    const known = state.versions;
    return askPrimary(
      this.parts,
      async () => {
        const storedTagged = known.storedTagged(scope);
        return known.learnTags(scope, tags, await primary.tagVersions(scope, tags), storedTagged);
      },
      () => known.tagsOf(scope, tags),
    );
  }

  private accept<T>(
    read: EntryRead<T>,
    key: string,
    start: ReadStart,
    scope: VersionScope,
  ): EntryRead<T> | Promise<EntryRead<T>> {
    const { versions, journal } = this.parts.state;
    versions.learn(scope, read.versions);
    const accepted = this.values.accept<T, EntryRead<T>>(read, key, start, scope);
    if (this.values.isRefused(accepted, key)) return this.readLocally<T>(key, scope);
    // A load that begins now begins after the invalidations of this process, so its value is valid.
    return journal.size === 0 ? accepted : { ...accepted, versions: versions.merge(scope, read.versions) };
  }

  private async readLocally<T>(key: string, scope: VersionScope): Promise<EntryRead<T>> {
    const versions = this.parts.state.versions.of(scope);
    return { ...(await this.values.local.read<T>(key)), versions };
  }
}
