import type { ErrorCode } from '../../common/error-codes.js';

/** The events of a `FallbackCache`. */
export interface FallbackEvents {
  /** The primary store is unavailable: copies answer reads from now on. `since` is in milliseconds since 1970. */
  degraded: { readonly since: number };
  /** The primary store is back. `replayed` is the number of invalidations of the journal that were applied. */
  recovered: { readonly downMs: number; readonly replayed: number };
  /** The journal was full: `lost` entries were replaced by a flush of their namespaces. */
  'journal-overflow': { readonly lost: number };
  /** The journal cannot be written to its file. It continues in memory. */
  'journal-failure': { readonly code: ErrorCode };
  /**
   * The server may have lost acknowledged changes. With `flush` every value of the namespaces is invalidated; with
   * `replay` the changes of the last 30 s are applied again.
   */
  'data-loss': { readonly reason: 'restart' | 'promotion'; readonly reaction: 'flush' | 'replay' | 'none' };
  /** The server does not tell its identity, so a restart with old data is not detected. Emitted once. */
  unverified: Readonly<Record<string, never>>;
}
