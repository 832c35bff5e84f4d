import { zip } from '../../../common/zip.js';
import type { EntryStore, StoredRead, VersionScope } from '../../../domain/entry-store.js';
import { CopyKeeper } from '../copies/copy-keeper.js';
import { LocalReads } from '../copies/local-reads.js';
import { ReadStarts, type ReadStart } from '../copies/read-start.js';
import { ownPrefix } from './known-versions.js';
import { answerInstead, isInJournal, type FallbackEntriesParts } from './primary-access.js';

/** What reads of single values need of the primary store. */
export interface ValueReadParts extends Omit<FallbackEntriesParts, 'primary'> {
  readonly primary: Pick<EntryStore, 'readValue' | 'readValues' | 'decode'>;
}

/**
 * Reads of values from the primary store, which leave copies, and from copies. A reply is used only if the server is
 * known, and no invalidation of this process is missing in it.
 */
export class ValueReads {
  readonly local: LocalReads;
  private readonly keeper: CopyKeeper;
  private readonly starts: ReadStarts;
  /** The start of the read whose reply arrived last. */
  private newest: ReadStart | undefined = undefined;

  constructor(private readonly parts: ValueReadParts) {
    const { state, readTtl, primary, types } = parts;
    this.keeper = new CopyKeeper(state, readTtl, types);
    this.starts = new ReadStarts(state);
    this.local = new LocalReads(state, primary);
  }

  /** Not an `async` function: this is the hot path, and `async` would add microtasks to each call. */
  readValue<T>(key: string): Promise<StoredRead<T>> {
    if (this.parts.state.outage.isUntrusted) return this.local.read<T>(key);
    const start = this.starts.of(key);
    return this.parts.primary.readValue<T>(key).then(
      (read) => {
        if (this.isUntrusted(start)) return this.local.read<T>(key);
        const accepted = this.accept<T, StoredRead<T>>(read, key, start, undefined);
        return this.isRefused(accepted, key) ? this.local.read<T>(key) : accepted;
      },
      (error: unknown) => answerInstead(error, this.parts, () => this.local.read<T>(key)),
    );
  }

  /** Like `readValue`, for several keys: by one call of the primary store, if it can. */
  async readValues<T>(keys: readonly string[]): Promise<readonly StoredRead<T>[]> {
    const { primary, state } = this.parts;
    if (primary.readValues === undefined) return Promise.all(keys.map((key) => this.readValue<T>(key)));
    const locally = (): Promise<readonly StoredRead<T>[]> => Promise.all(keys.map((key) => this.local.read<T>(key)));
    if (state.outage.isUntrusted) return locally();
    const starts = keys.map((key) => this.starts.of(key));
    try {
      const reads = await primary.readValues<T>(keys);
      const [first] = starts;
      if (first !== undefined && this.isUntrusted(first)) return await locally();
      return zip(reads, zip(keys, starts)).map(([read, [key, start]]) =>
        this.accept<T, StoredRead<T>>(read, key, start, undefined),
      );
    } catch (error) {
      return answerInstead(error, this.parts, locally);
    }
  }

  /** Call it before a read is sent. */
  begin(key: string): ReadStart {
    return this.starts.of(key);
  }

  /** A reply to a request from before the loss of a connection may come from a server that has lost data. */
  isUntrusted({ losses }: ReadStart): boolean {
    return losses !== this.parts.state.outage.losses;
  }

  /** Uses a reply, and keeps a copy of the value, unless the value was invalidated and the store does not know yet. */
  accept<T, R extends StoredRead<T>>(read: R, key: string, start: ReadStart, scope: VersionScope | undefined): R {
    if (start !== this.newest) this.learn(read, start);
    if (this.mayMissChange(read, key, start, scope)) {
      return { ...read, stored: undefined, unreadable: undefined, encoded: undefined };
    }
    this.keeper.keep(key, start, read);
    return read;
  }

  /**
   * The store has no value of a key because it has refused it: then this process has a copy. It is judged here, because
   * the store does not know the invalidations of this process.
   */
  isRefused({ stored }: Pick<StoredRead<unknown>, 'stored'>, key: string): boolean {
    const { outage, versions } = this.parts.state;
    if (stored !== undefined || !outage.isRefusing) return false;
    const copy = this.local.usable(key);
    if (copy?.isOutageValue !== true || !('snapshot' in copy.form)) return false;
    const { meta } = copy.form;
    return meta === undefined || versions.isValid(key, meta);
  }

  /** Reads that were sent together tell the same of the server. */
  private learn({ nowMs }: StoredRead<unknown>, start: ReadStart): void {
    const { serverTime, outage } = this.parts.state;
    this.newest = start;
    serverTime.learn(nowMs, start.sentMs);
    outage.replied(start.sentMs);
  }

  private mayMissChange(
    read: StoredRead<unknown>,
    key: string,
    { wasInJournal, replayedVersions }: ReadStart,
    scope: VersionScope | undefined,
  ): boolean {
    const { state } = this.parts;
    if (wasInJournal || replayedVersions !== state.replayedVersions) return true;
    return isInJournal(state, key, read, scope === undefined ? none : () => ownPrefix(scope));
  }
}

function none(): undefined {
  return undefined;
}
