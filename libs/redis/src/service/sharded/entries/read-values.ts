import type { EntryStore, StoredRead } from '../../../domain/entry-store.js';

/** Reads several values without versions: by one call, if the store can. */
export async function readValues<T>(entries: EntryStore, keys: readonly string[]): Promise<readonly StoredRead<T>[]> {
  return entries.readValues?.<T>(keys) ?? Promise.all(keys.map((key) => entries.readValue<T>(key)));
}
