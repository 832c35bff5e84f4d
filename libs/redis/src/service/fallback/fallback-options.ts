import { byteSize, type ByteSize } from '../../common/byte-size.js';
import { definedMembers } from '../../common/defined-members.js';
import { durationMs, type Duration } from '../../common/duration.js';
import { checkInteger, checkOneOf, checkOptions, checkString, join, optionInvalid } from '../../common/options.js';

/** Options of a `FallbackCache`. */
export interface FallbackOptions {
  /** Maximum number of copies, 1 to 10 million. Beyond it the least recently used one is dropped. @default 10_000 */
  readonly maxEntries?: number | undefined;
  /** Approximate maximum memory of all copies. Beyond it the least recently used is dropped. @default 67_108_864 */
  readonly maxBytes?: ByteSize | undefined;
  /**
   * How long a copy is used after Redis confirmed it last. Until then a process may return a value that another process
   * deleted while Redis is unavailable.
   * @default '60s'
   */
  readonly maxStale?: Duration | undefined;
  /**
   * Maximum number of invalidations that wait for Redis, 1 to 10 million. Beyond it they are replaced by a flush of
   * their namespace. Keys without a namespace are replaced by `clear()`, which a store with an empty key prefix does
   * not permit: there they are lost.
   * @default 100_000
   */
  readonly journalLimit?: number | undefined;
  /**
   * Where invalidations wait: `memory` loses them if the process ends; `file` keeps them in `journalFile` and applies
   * them at the next start.
   * @default 'memory'
   */
  readonly durability?: 'memory' | 'file' | undefined;
  /** The path of the journal with `durability: 'file'`. Each process needs its own. @default none */
  readonly journalFile?: string | undefined;
  /**
   * What to do if the server restarted and may have read an old snapshot: `flush` invalidates every value once for the
   * whole fleet, `trust` does nothing.
   * @default 'flush'
   */
  readonly onServerRestart?: 'flush' | 'trust' | undefined;
}

export interface ResolvedFallbackOptions {
  readonly maxEntries: number;
  readonly maxBytes: number;
  readonly maxStaleMs: number;
  readonly journalLimit: number;
  /** undefined keeps the journal in memory. */
  readonly journalFile: string | undefined;
  readonly onServerRestart: 'flush' | 'trust';
}

/** The names of all options. */
export const FALLBACK_OPTIONS = [
  'maxEntries',
  'maxBytes',
  'maxStale',
  'journalLimit',
  'durability',
  'journalFile',
  'onServerRestart',
] as const satisfies readonly (keyof FallbackOptions)[];

export const FALLBACK_DEFAULTS = {
  maxEntries: 10_000,
  maxBytes: 67_108_864,
  maxStale: '60s',
  journalLimit: 100_000,
  durability: 'memory',
  onServerRestart: 'flush',
} as const satisfies FallbackOptions;

const MAX_ENTRIES = 10_000_000;

/** @throws RedisInfraError OPTION_INVALID with the path of the option */
export function resolveFallbackOptions(options: FallbackOptions, path: string): ResolvedFallbackOptions {
  checkOptions(options, FALLBACK_OPTIONS, path);
  const merged = { ...FALLBACK_DEFAULTS, ...definedMembers(options) };
  const range = { min: 1, max: MAX_ENTRIES };
  return Object.freeze({
    maxEntries: checkInteger(merged.maxEntries, join(path, 'maxEntries'), range),
    maxBytes: byteSize(merged.maxBytes, join(path, 'maxBytes')),
    maxStaleMs: durationMs(merged.maxStale, join(path, 'maxStale')),
    journalLimit: checkInteger(merged.journalLimit, join(path, 'journalLimit'), range),
    journalFile: journalFileOf(options, path),
    onServerRestart: checkOneOf(merged.onServerRestart, join(path, 'onServerRestart'), ['flush', 'trust']),
  });
}

function journalFileOf({ durability, journalFile }: FallbackOptions, path: string): string | undefined {
  const where = checkOneOf(durability ?? FALLBACK_DEFAULTS.durability, join(path, 'durability'), ['memory', 'file']);
  const at = join(path, 'journalFile');
  if (where === 'file') {
    if (journalFile === undefined) throw optionInvalid(at, "is required with durability: 'file'");
    return checkString(journalFile, at);
  }
  if (journalFile !== undefined) throw optionInvalid(at, "needs durability: 'file'");
  return undefined;
}
