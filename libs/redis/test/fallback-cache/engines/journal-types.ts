import type { VersionScope } from '../../../src/domain/entry-store.js';
export type JournalChange =
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'tags'; readonly prefixes: VersionScope['prefixes']; readonly tags: readonly string[]; readonly keepForErrors: boolean }
  | { readonly kind: 'flush'; readonly prefixes: VersionScope['prefixes'] }
  | { readonly kind: 'clear' };
export interface JournalEntry { readonly number: number; readonly change: JournalChange }
export interface JournalStorage {
  open(): Promise<readonly JournalChange[]>;
  append(entries: readonly JournalEntry[]): Promise<void>;
  replace(changes: Iterable<JournalChange>): Promise<void>;
  close(): Promise<void>;
}
