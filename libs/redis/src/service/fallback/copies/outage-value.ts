import type { EntryWrite } from '../../../domain/entry-store.js';
import { takeSnapshot } from '../../../domain/codec/value-snapshot.js';
import type { FallbackState } from '../fallback-state.js';

/**
 * Keeps a value that was written or loaded while the primary store is unavailable.
 * @throws RedisInfraError CODEC_SERIALIZE, CODEC_TOO_LARGE
 */
export function keepOutageValue(
  { copies, types, nowMs }: FallbackState,
  key: string,
  { value, meta, ttlMs = Infinity }: EntryWrite,
): void {
  const form = { snapshot: takeSnapshot(value, types), meta };
  copies.set(key, { form, confirmedMs: nowMs, expiresMs: nowMs + ttlMs, isOutageValue: true });
}
