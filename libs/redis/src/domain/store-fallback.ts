import type { ErrorCode } from '../common/error-codes.js';
import type { On } from '../common/typed-emitter.js';
import type { VersionScope } from './entry-store.js';

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
  /** The server does not report its identity, so a restart with old data is not detected. Emitted once. */
  unverified: Readonly<Record<string, never>>;
}

/** What a fallback knows of an outage. */
export interface FallbackStatus {
  /** An outage has begun and has not ended. */
  readonly active: boolean;
  /** The number of copies. */
  readonly entries: number;
  /** The number of invalidations that the primary store has not acknowledged. */
  readonly journal: number;
  /** When the outage began, in milliseconds since 1970; undefined without an outage. */
  readonly since: number | undefined;
}

/** The fallback of a store. */
export interface StoreFallback {
  /**
   * Reads the journal that an earlier process left. `connect()` does it too.
   * @throws RedisInfraError OPTION_INVALID if another process uses the file
   */
  open(): Promise<void>;
  /** Names a root namespace whose values are invalidated if the server loses data. Reads of its entries name it too. */
  register(scope: VersionScope): void;
  /** Drops all copies: their keys may have changed without this store. Reads in flight leave none either. */
  dropCopies(): void;
  /** The current state. */
  status(): FallbackStatus;
  /** How long all outages of this process took together, in milliseconds, including the current one. */
  degradedMs(): number;
  /** Subscribes a handler to one event. Returns the function that unsubscribes it. */
  readonly on: On<FallbackEvents>;
}
