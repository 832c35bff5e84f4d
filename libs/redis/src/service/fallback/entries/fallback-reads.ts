import type { EntryRead, ScopeVersions, StoredRead, TagVersion, VersionScope } from '../../../domain/entry-store.js';
import { CopyKeeper, type CopyFill } from '../copies/copy-keeper.js';
import { LocalReads } from '../copies/local-reads.js';
import { ownPrefix } from './known-versions.js';
import { answerInstead, askPrimary, isInJournal, type FallbackEntriesParts } from './primary-access.js';

/** Reads of entries and versions: from the primary store, or from what this process knows. */
export class FallbackReads {
  private readonly keeper: CopyKeeper;
  private readonly local: LocalReads;

  constructor(private readonly parts: FallbackEntriesParts) {
    const { state, readTtl, primary } = parts;
    this.keeper = new CopyKeeper(state, readTtl);
    this.local = new LocalReads(state, primary);
  }

  /** Not an `async` function, nor is `readValue`: this is the hot path, and `async` would add microtasks to each call. */
  read<T>(key: string, scope: VersionScope): Promise<EntryRead<T>> {
    if (this.parts.state.outage.isUntrusted) return this.readLocally<T>(key, scope);
    // The call first: it throws if the key is invalid, and a fill that has begun must end.
    const reading = this.parts.primary.read<T>(key, scope);
    const fill = this.keeper.begin(key);
    return reading.then(
      (read) => {
        if (this.isUntrusted(fill)) return this.leave(fill, () => this.readLocally<T>(key, scope));
        this.parts.state.versions.learn(scope, read.versions);
        return this.accept(read, fill, scope);
      },
      (error: unknown) =>
        this.leave(fill, () => answerInstead(error, this.parts, () => this.readLocally<T>(key, scope))),
    );
  }

  async readMany<T>(keys: readonly string[], scope: VersionScope): Promise<readonly EntryRead<T>[]> {
    const locally = (): Promise<readonly EntryRead<T>[]> =>
      Promise.all(keys.map((key) => this.readLocally<T>(key, scope)));
    if (this.parts.state.outage.isUntrusted) return locally();
    const fills = keys.map((key) => this.keeper.begin(key));
    const abandon = (): void => fills.forEach((fill) => this.keeper.abandon(fill));
    try {
      const reads = await this.parts.primary.readMany<T>(keys, scope);
      const [first] = fills;
      if (first !== undefined && this.isUntrusted(first)) {
        abandon();
        return await locally();
      }
      return reads.map((read, i) => {
        this.parts.state.versions.learn(scope, read.versions);
        const fill = fills[i];
        return fill === undefined ? read : this.accept(read, fill, scope);
      });
    } catch (error) {
      abandon();
      return answerInstead(error, this.parts, locally);
    }
  }

  readValue<T>(key: string): Promise<StoredRead<T>> {
    if (this.parts.state.outage.isUntrusted) return this.local.read<T>(key);
    const reading = this.parts.primary.readValue<T>(key);
    const fill = this.keeper.begin(key);
    return reading.then(
      (read) =>
        this.isUntrusted(fill)
          ? this.leave(fill, () => this.local.read<T>(key))
          : this.accept<T, StoredRead<T>>(read, fill, undefined),
      (error: unknown) => this.leave(fill, () => answerInstead(error, this.parts, () => this.local.read<T>(key))),
    );
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
    return askPrimary(
      this.parts,
      async () => {
        const versions = await this.parts.primary.tagVersions(scope, tags);
        this.parts.state.versions.learnTags(scope, tags, versions);
        return versions;
      },
      () => this.parts.state.versions.tagsOf(scope, tags),
    );
  }

  /** A reply to a request from before the loss of a connection may come from a server that has lost data. */
  private isUntrusted({ losses }: CopyFill): boolean {
    return losses !== this.parts.state.outage.losses;
  }

  private leave<T>(fill: CopyFill, then: () => T): T {
    this.keeper.abandon(fill);
    return then();
  }

  private async readLocally<T>(key: string, scope: VersionScope): Promise<EntryRead<T>> {
    const versions = this.parts.state.versions.of(scope);
    return { ...(await this.local.read<T>(key)), versions };
  }

  /** Uses a reply, and keeps a copy of the value, unless the value was invalidated and the store does not know yet. */
  private accept<T, R extends StoredRead<T>>(read: R, fill: CopyFill, scope: VersionScope | undefined): R {
    const { state } = this.parts;
    const { serverTime, outage } = state;
    serverTime.learn(read.nowMs);
    outage.replied(fill.sentMs);
    const isReplayed = fill.wasInJournal || fill.replayedVersions !== state.replayedVersions;
    if (isReplayed || isInJournal(state, fill.token.key, read, scope && ownPrefix(scope))) {
      this.keeper.abandon(fill);
      return { ...read, stored: undefined, encoded: undefined };
    }
    this.keeper.keep(fill, read);
    return read;
  }
}
