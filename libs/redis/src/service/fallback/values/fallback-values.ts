import type { CacheStore, ClearOptions, SetEntry } from '../../../domain/cache-store.js';
import type { ApplicationTypes } from '../../../domain/codec/json/application-types.js';
import type { EntryStore, EntryWrite, StoredRead } from '../../../domain/entry-store.js';
import { keepOutageValue } from '../copies/outage-value.js';
import { JournaledChanges } from '../entries/journaled-changes.js';
import { askPrimary } from '../entries/primary-access.js';
import { ValueReads } from '../entries/value-reads.js';
import type { FallbackState } from '../fallback-state.js';
import { isFull, refusal, unsupportedWhileDown } from '../unavailable.js';

export interface FallbackValuesParts {
  readonly primary: CacheStore;
  readonly state: FallbackState;
  /** The application types of the codec of this view. */
  readonly types: ApplicationTypes;
  /** True if the caller of this view has aborted its calls: the primary store did not fail. */
  readonly isAborted: () => boolean;
}

type KeyedWrite = EntryWrite & { readonly key: string };

/** The values of the primary store, by the methods of `CacheStore`. Arguments are checked already. */
export class FallbackValues {
  private readonly reads: ValueReads;
  private readonly changes: JournaledChanges;

  constructor(private readonly parts: FallbackValuesParts) {
    const { primary, state, types, isAborted } = parts;
    this.reads = new ValueReads({
      primary: primary.can?.entries ?? plainReader(primary),
      state,
      readTtl: (key) => primary.ttl(key),
      types,
      isAborted,
    });
    this.changes = new JournaledChanges(state, isAborted);
  }

  async get<T>(key: string): Promise<T | undefined> {
    return valueOf(await this.reads.readValue<T>(key));
  }

  async getMany<T>(keys: readonly string[]): Promise<(T | undefined)[]> {
    return (await this.reads.readValues<T>(keys)).map(valueOf);
  }

  async setMany(entries: readonly SetEntry[], writes: readonly KeyedWrite[]): Promise<void> {
    const { primary } = this.parts;
    const [first] = entries;
    const keys = entries.map(({ key }) => key);
    const isSingle = first !== undefined && entries.length === 1;
    const write = (): Promise<void> =>
      isSingle ? primary.set(first.key, first.value, first.ttl) : primary.setMany(entries);
    const keep = (i: number): void => {
      const kept = writes[i];
      if (kept !== undefined) keepOutageValue(this.parts, kept.key, kept);
    };
    try {
      await this.changes.change(keys, write, { keep, remove: () => primary.deleteMany(keys) });
    } catch (error) {
      // The keys are removed, which is all that a write to a full server can do.
      if (!isFull(error)) throw error;
    }
  }

  async delete(key: string): Promise<boolean> {
    return (await this.changes.change([key], () => this.parts.primary.delete(key))) ?? false;
  }

  async deleteMany(keys: readonly string[]): Promise<number> {
    return (await this.changes.change(keys, () => this.parts.primary.deleteMany(keys))) ?? 0;
  }

  has(key: string): Promise<boolean> {
    const locally = (): boolean => {
      if (this.reads.local.usable(key) === undefined) throw unsupportedWhileDown('has');
      return true;
    };
    return this.ask(key, () => this.parts.primary.has(key), locally, false);
  }

  ttl(key: string): Promise<number | null | undefined> {
    const locally = async (): Promise<number | null> => {
      const remainingMs = await this.reads.local.remainingMs(key);
      if (remainingMs === undefined) throw unsupportedWhileDown('ttl');
      return remainingMs === Infinity ? null : remainingMs / 1000;
    };
    return this.ask<number | null | undefined>(key, () => this.parts.primary.ttl(key), locally, undefined);
  }

  /** The primary store is always asked, because it checks the options against its prefix. */
  async clear(options: ClearOptions | undefined): Promise<number> {
    const { primary, state } = this.parts;
    state.dropAll();
    const change =
      options?.wholeDatabase === true
        ? ({ kind: 'clear', wholeDatabase: true } as const)
        : ({ kind: 'clear' } as const);
    const removed = await this.changes.attempt(() => primary.clear(options), [change]);
    state.dropAll();
    if (removed === undefined) return 0;
    state.recent.add(change);
    return removed;
  }

  changeOrRefuse<T>(method: string, key: string, run: () => Promise<T>): Promise<T> {
    return this.changes.changeOrRefuse(method, key, run);
  }

  /** Runs a read that no copy can answer. `absent` is as in `ask`. */
  async readOrRefuse<T>(method: string, key: string, run: () => Promise<T>, absent: T): Promise<T> {
    const { state, isAborted } = this.parts;
    try {
      const answer = await run();
      return state.journal.has(key) ? absent : answer;
    } catch (error) {
      throw isAborted() ? error : refusal(method, error);
    }
  }

  /** `absent` is the answer for a key whose invalidation the primary store has not acknowledged. */
  private async ask<T>(key: string, run: () => Promise<T>, locally: () => T | Promise<T>, absent: T): Promise<T> {
    const { journal } = this.parts.state;
    let isLocal = false;
    const answer = await askPrimary(this.parts, run, () => {
      isLocal = true;
      return locally();
    });
    return !isLocal && journal.has(key) ? absent : answer;
  }
}

function valueOf<T>({ stored, unreadable }: StoredRead<T>): T | undefined {
  if (unreadable !== undefined) throw unreadable;
  return stored?.value;
}

/** Reads the values of a store without entries. They have no meta, so no time of the server is needed to judge them. */
function plainReader(primary: CacheStore): Pick<EntryStore, 'readValue' | 'decode'> {
  return {
    async readValue<T>(key: string): Promise<StoredRead<T>> {
      const value = await primary.get<T>(key);
      const stored = value === undefined ? undefined : { value, meta: undefined };
      return { stored, unreadable: undefined, bytes: undefined, encoded: undefined, nowMs: 0 };
    },
  };
}
