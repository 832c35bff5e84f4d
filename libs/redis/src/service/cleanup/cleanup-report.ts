import type { ErrorCode } from '../../common/error-codes.js';
import type { CleanupJob } from './cleanup-options.js';

/**
 * How a run ended:
 * - `ok`: everything was scanned.
 * - `dry-run`: everything was scanned, and nothing was changed.
 * - `partial`: a budget, a lost lock or the shutdown ended the run; the next one continues.
 * - `error`: Redis rejected a command; the next run continues.
 * - `skipped-lock`: another process runs, or has just run.
 */
export type CleanupOutcome = 'ok' | 'partial' | 'error' | 'skipped-lock' | 'dry-run';

/**
 * Why a key was found: `no-ttl`, `flush`, `tag`, `expired`, `big-key`, or the internal key that never expires: `lease`,
 * `lock`, `progress`, `limit`.
 */
export type CleanupReason =
  'no-ttl' | 'flush' | 'tag' | 'expired' | 'lease' | 'lock' | 'progress' | 'limit' | 'big-key';

/** A key that is at least as large as `bigKey`. */
export interface BigKey {
  /** The key, without the store's prefix. */
  readonly key: string;
  /** Its size in bytes. */
  readonly bytes: number;
}

/** The result of one run. */
export interface CleanupReport {
  /** How the run ended. */
  readonly outcome: CleanupOutcome;
  /** The number of keys that were looked at. */
  readonly scanned: number;
  /** The number of keys that were removed, by reason. Empty in a dry run. */
  readonly removed: Readonly<Record<string, number>>;
  /** The number of keys that were found, by reason: those of `removed`, those of a dry run, and those only reported. */
  readonly found: Readonly<Record<string, number>>;
  /** The number of keys that got a time to live, because of `noTtl: 'expire'`. */
  readonly expiring: number;
  /** The largest keys of the job `big-keys`, at most 20, the largest first. */
  readonly bigKeys: readonly BigKey[];
  /** The bytes that were removed, or in a dry run would be. */
  readonly bytes: number;
  /** The duration in milliseconds. */
  readonly durationMs: number;
  /** Whether the run continued one that had not ended. */
  readonly resumed: boolean;
  /** The jobs of the run. */
  readonly jobs: readonly CleanupJob[];
  /** The code of the error if the outcome is `error`. */
  readonly code: ErrorCode | undefined;
}

/** The events of a `CleanupService`. */
export interface CleanupEvents {
  /** A run of this process ended. */
  readonly finished: CleanupReport;
}

/** The job of each reason. */
export const JOB_OF_REASON = {
  'no-ttl': 'no-ttl',
  flush: 'flushed',
  tag: 'flushed',
  expired: 'expired',
  lease: 'stale-internal',
  lock: 'stale-internal',
  progress: 'stale-internal',
  limit: 'stale-internal',
  'big-key': 'big-keys',
} as const satisfies Record<CleanupReason, CleanupJob>;

const MAX_BIG_KEYS = 20;

/** What a run has found so far. */
export class Findings {
  scanned = 0;
  bytes = 0;
  expiring = 0;
  readonly found: Partial<Record<CleanupReason, number>> = {};
  readonly removed: Partial<Record<CleanupReason, number>> = {};
  private largest: BigKey[] = [];

  get bigKeys(): readonly BigKey[] {
    return this.largest;
  }

  addFound(reason: CleanupReason, count = 1): void {
    this.found[reason] = (this.found[reason] ?? 0) + count;
  }

  addRemoved(reason: CleanupReason, count = 1): void {
    this.removed[reason] = (this.removed[reason] ?? 0) + count;
  }

  addBigKey(bigKey: BigKey): void {
    const others = this.largest.filter(({ key }) => key !== bigKey.key);
    // A scan may return a key twice.
    if (others.length === this.largest.length) this.addFound('big-key');
    this.largest = [...others, bigKey].sort((a, b) => b.bytes - a.bytes).slice(0, MAX_BIG_KEYS);
  }
}
