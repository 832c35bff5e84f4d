import type { EntryWrite } from '../../../domain/entry-store.js';
import type { FreshnessWindows } from '../options/set-options.js';

/** What is known about a value when its entry is written. */
export interface EntryFacts {
  /** The server time in milliseconds since 1970. */
  readonly nowMs: number;
  /** The newest version of the namespace before the load. */
  readonly clock: number;
  /** The hashes of the tags. */
  readonly tags: readonly string[];
  /** How long the load took. @default undefined, for a value that was not loaded */
  readonly loadMs: number | undefined;
}

/** The maximum of the field `loadMs` of an envelope. */
const MAX_LOAD_MS = 2 ** 32 - 1;

/** Returns the entry of a value. Its time to live is the sum of its windows. */
export function entryOf(value: unknown, windows: FreshnessWindows, facts: EntryFacts): EntryWrite {
  const created = Math.floor(facts.nowMs);
  const { ttlMs, staleWhileRevalidateMs, staleIfErrorMs } = windows;
  const { clock, tags } = facts;
  const loadMs = facts.loadMs === undefined ? undefined : Math.min(Math.round(facts.loadMs), MAX_LOAD_MS);
  if (ttlMs === null) return { value, meta: { created, loadMs, clock, tags }, ttlMs: undefined };
  const freshMs = Math.ceil(ttlMs);
  const liveMs = freshMs + Math.ceil(staleWhileRevalidateMs + staleIfErrorMs);
  const meta = { created, freshUntil: created + freshMs, expires: created + liveMs, loadMs, clock, tags };
  return { value, meta, ttlMs: liveMs };
}
