import type { EntryStore, StoredRead } from '../../../domain/entry-store.js';
import { CopyKeeper, type CopyFill } from '../copies/copy-keeper.js';
import { LocalReads } from '../copies/local-reads.js';
import { answerInstead, isInJournal, type FallbackEntriesParts } from './primary-access.js';

/** What reads of single values need of the primary store. */
export interface ValueReadParts extends Omit<FallbackEntriesParts, 'primary'> {
  readonly primary: Pick<EntryStore, 'readValue' | 'decode'>;
}

/**
 * Reads of values from the primary store, which leave copies, and from copies. A reply is used only if the server is
 * known, and no invalidation of this process is missing in it.
 */
export class ValueReads {
  readonly local: LocalReads;
  private readonly keeper: CopyKeeper;

  constructor(private readonly parts: ValueReadParts) {
    const { state, readTtl, primary, types } = parts;
    this.keeper = new CopyKeeper(state, readTtl, types);
    this.local = new LocalReads(state, primary);
  }

  /** Not an `async` function: this is the hot path, and `async` would add microtasks to each call. */
  readValue<T>(key: string): Promise<StoredRead<T>> {
    if (this.parts.state.outage.isUntrusted) return this.local.read<T>(key);
    // The call first: it throws if the key is invalid, and a fill that has begun must end.
    const reading = this.parts.primary.readValue<T>(key);
    const fill = this.begin(key);
    const locally = (): Promise<StoredRead<T>> => this.local.read<T>(key);
    return reading.then(
      (read) => (this.isUntrusted(fill) ? this.leave(fill, locally) : this.accept<T, StoredRead<T>>(read, fill, none)),
      (error: unknown) => this.leave(fill, () => answerInstead(error, this.parts, locally)),
    );
  }

  /** Call it when a read is sent, and then `accept` or `leave` once. */
  begin(key: string): CopyFill {
    return this.keeper.begin(key);
  }

  /** A reply to a request from before the loss of a connection may come from a server that has lost data. */
  isUntrusted({ losses }: CopyFill): boolean {
    return losses !== this.parts.state.outage.losses;
  }

  /** Ends a read whose reply is not used. */
  leave<T>(fill: CopyFill, then: () => T): T {
    this.keeper.abandon(fill);
    return then();
  }

  /** Uses a reply, and keeps a copy of the value, unless the value was invalidated and the store does not know yet. */
  accept<T, R extends StoredRead<T>>(read: R, fill: CopyFill, ownPrefix: () => string | undefined): R {
    const { state } = this.parts;
    state.serverTime.learn(read.nowMs, fill.sentMs);
    state.outage.replied(fill.sentMs);
    const isReplayed = fill.wasInJournal || fill.replayedVersions !== state.replayedVersions;
    if (isReplayed || isInJournal(state, fill.token.key, read, ownPrefix)) {
      this.keeper.abandon(fill);
      return { ...read, stored: undefined, unreadable: undefined, encoded: undefined };
    }
    this.keeper.keep(fill, read);
    return read;
  }
}

function none(): undefined {
  return undefined;
}
