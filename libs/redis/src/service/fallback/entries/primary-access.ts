import type { ApplicationTypes } from '../../../domain/codec/json/application-types.js';
import type { EntryStore, StoredRead } from '../../../domain/entry-store.js';
import type { ReadTtl } from '../copies/copy-keeper.js';
import type { FallbackState } from '../fallback-state.js';
import { isUnavailable } from '../unavailable.js';

/** The primary store of one view, and what all views share. */
export interface FallbackEntriesParts {
  readonly primary: EntryStore;
  readonly state: FallbackState;
  readonly readTtl: ReadTtl;
  /** The application types of the codec of this view. */
  readonly types: ApplicationTypes;
  /** True if the caller of this view has aborted its calls: the primary store did not fail. */
  readonly isAborted: () => boolean;
}

/**
 * Returns the answer of this process if the primary store is unavailable.
 * @throws the error otherwise
 */
export function answerInstead<T>(
  error: unknown,
  { isAborted }: Pick<FallbackEntriesParts, 'isAborted'>,
  locally: (error: unknown) => T,
): T {
  if (isAborted() || !isUnavailable(error)) throw error;
  return locally(error);
}

/**
 * Asks the primary store, or this process while the store is unavailable. A reply to a request from before the loss of
 * a connection is not used.
 */
export async function askPrimary<T>(
  parts: Pick<FallbackEntriesParts, 'state' | 'isAborted'>,
  run: () => Promise<T>,
  locally: (error: unknown) => T | Promise<T>,
): Promise<T> {
  const { outage } = parts.state;
  const { losses } = outage;
  if (outage.isUntrusted) return locally(undefined);
  try {
    const result = await run();
    return losses === outage.losses ? result : await locally(undefined);
  } catch (error) {
    return answerInstead(error, parts, locally);
  }
}

/** Whether the value was invalidated by this process, and the primary store has not acknowledged that yet. */
export function isInJournal(
  { journal }: FallbackState,
  key: string,
  { stored }: Pick<StoredRead<unknown>, 'stored'>,
  ownPrefix: () => string | undefined,
): boolean {
  if (journal.size === 0) return false;
  if (journal.has(key)) return true;
  const { tags = [] } = stored?.meta ?? {};
  const prefix = tags.length === 0 ? undefined : ownPrefix();
  return prefix !== undefined && tags.some((tag) => journal.tagState(prefix, tag) !== undefined);
}
