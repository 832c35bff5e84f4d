import type { EntryWrite } from '../../../domain/entry-store.js';
import type { FallbackEntriesParts } from '../entries/primary-access.js';
import { snapshotForm } from './copy-form.js';

/**
 * Keeps a value that was written or loaded while the primary store is unavailable. A value that cannot be kept is not an
 * error: the call that has it must not reject because of the outage.
 */
export function keepOutageValue(
  { state: { copies, nowMs }, types }: Pick<FallbackEntriesParts, 'state' | 'types'>,
  key: string,
  { value, meta, ttlMs = Infinity }: EntryWrite,
): void {
  const form = snapshotForm({ value, meta }, types);
  if (form === undefined) copies.delete(key);
  else copies.set(key, { form, confirmedMs: nowMs, expiresMs: nowMs + ttlMs, isOutageValue: true });
}
