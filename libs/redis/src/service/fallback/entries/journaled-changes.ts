import type { FallbackState } from '../fallback-state.js';
import type { JournalChange } from '../journal/journal-change.js';
import { isFull, isUnavailable, refusal } from '../unavailable.js';

/** What a change that writes values needs besides the write. */
export interface WriteParts {
  /** Keeps a value that was not written, for the outage. */
  readonly keep?: (index: number) => void;
  /** Removes the keys from the primary store. */
  readonly remove?: () => Promise<unknown>;
}

/** Changes of the primary store: those that the journal can hold, and those that it cannot. */
export class JournaledChanges {
  constructor(
    private readonly state: FallbackState,
    /** True if the caller has aborted the call: the primary store did not fail. */
    private readonly isAborted: () => boolean,
  ) {}

  /**
   * Runs a change of keys. An acknowledged one settles their older entries in the journal. Resolves with undefined if
   * the change went into the journal.
   * @throws the error of a full server, after the keys were removed instead
   */
  async change<T>(
    keys: readonly string[],
    run: () => Promise<T>,
    { keep, remove }: WriteParts = {},
  ): Promise<T | undefined> {
    const { state } = this;
    const older = state.entriesOf(keys);
    const end = state.beginChange(keys);
    const acknowledged = (): void => {
      state.journal.settle(older);
      end();
      state.drop(keys);
      state.recent.addKeys(keys);
    };
    if (state.outage.acceptsChanges) {
      try {
        const result = await run();
        acknowledged();
        return result;
      } catch (error) {
        if (this.isAborted() || !isUnavailable(error)) {
          end();
          throw error;
        }
        // The values are not stored, and the old ones must not stay. That is no outage.
        if (remove !== undefined && isFull(error) && (await succeeds(remove))) {
          acknowledged();
          throw error;
        }
      }
    }
    end().forEach((isUnchanged, i) => {
      if (isUnchanged) keep?.(i);
    });
    await state.keepForLater(keys.map((key): JournalChange => ({ kind: 'key', key })));
    return undefined;
  }

  /** Runs a change of more than keys. Resolves with undefined if `changes` went into the journal. */
  async attempt<T>(run: () => Promise<T>, changes: readonly JournalChange[]): Promise<T | undefined> {
    try {
      return await run();
    } catch (error) {
      if (this.isAborted() || !isUnavailable(error)) throw error;
    }
    await this.state.keepForLater(changes);
    return undefined;
  }

  /**
   * Runs a change that is not journaled: removing a counter or a hash would not undo it. It is attempted also while
   * replies are not trusted: no copy of it is kept, and a short reconnect must not refuse it.
   */
  async changeOrRefuse<T>(method: string, key: string, run: () => Promise<T>): Promise<T> {
    const { state } = this;
    state.drop([key]);
    try {
      return await run();
    } catch (error) {
      throw this.isAborted() ? error : refusal(method, error);
    } finally {
      state.drop([key]);
    }
  }
}

function succeeds(run: () => Promise<unknown>): Promise<boolean> {
  return run().then(
    () => true,
    () => false,
  );
}
