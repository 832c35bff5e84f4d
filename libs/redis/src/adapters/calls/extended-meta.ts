import type { EntryMeta } from '../../domain/value-codec.js';

/** The meta of an entry that `expire` makes fresh for `ttlMs` from now. Its stale windows keep their length. */
export function extendMeta(meta: EntryMeta, ttlMs: number, nowMs: number): EntryMeta {
  const { expires: _, ...kept } = meta;
  const freshUntil = nowMs + ttlMs;
  const staleMs = staleWindowMs(meta);
  return staleMs === Infinity ? { ...kept, freshUntil } : { ...kept, freshUntil, expires: freshUntil + staleMs };
}

/** How long an entry may be used after it was fresh; Infinity for ever. */
function staleWindowMs({ freshUntil, expires }: EntryMeta): number {
  if (freshUntil === undefined) return 0;
  return expires === undefined ? Infinity : Math.max(0, expires - freshUntil);
}
