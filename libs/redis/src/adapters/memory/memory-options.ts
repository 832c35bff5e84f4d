import { checkInteger, checkOneOf, checkOptions, checkString, optionInvalid } from '../../common/options.js';
import type { CodecOptions } from '../../domain/codec/codec.options.js';

/** A size in memory: a number of bytes, or a string with a unit of 1024. */
export type ByteSize = number | `${number}${'kb' | 'mb' | 'gb'}`;

/** Options of `MemoryAdapter`. */
export interface MemoryOptions {
  /** Put in front of every key. @default '' */
  readonly keyPrefix?: string | undefined;
  /** The most keys kept, 1 to 10 million; past it the least recently used goes. About 20 bytes are reserved for each. @default 100_000 */
  readonly maxEntries?: number | undefined;
  /** About the most memory the values take; past it the least recently used goes. @default '64mb' */
  readonly maxBytes?: ByteSize | undefined;
  /**
   * `values`: copies, the fastest. `encoded`: the bytes that would stand in Redis, compressed or sealed if the codec says so.
   * @default 'values'
   */
  readonly store?: 'values' | 'encoded' | undefined;
  /** How values are written; with `store: 'values'` only its `types` have a meaning. */
  readonly codec?: CodecOptions | undefined;
}

export interface ResolvedMemoryOptions {
  readonly keyPrefix: string;
  readonly maxEntries: number;
  readonly maxBytes: number;
  readonly store: 'values' | 'encoded';
  readonly codec: CodecOptions | undefined;
}

/** Every name `MemoryOptions` has. */
export const MEMORY_OPTIONS = ['keyPrefix', 'maxEntries', 'maxBytes', 'store', 'codec'] as const;

export const MEMORY_DEFAULTS = {
  keyPrefix: '',
  maxEntries: 100_000,
  maxBytes: '64mb',
  store: 'values',
} as const satisfies MemoryOptions;

/** lru-cache reserves room for all of them at once. */
const MAX_ENTRIES = 10_000_000;

const SIZE = /^(\d+(?:\.\d+)?)(kb|mb|gb)$/;
const UNIT_BYTES: Readonly<Record<string, number>> = { kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 };

/** @throws RedisInfraError OPTION_INVALID with the option's path. */
export function resolveMemoryOptions(options: MemoryOptions = {}): ResolvedMemoryOptions {
  checkOptions(options, MEMORY_OPTIONS, '');
  const store = checkOneOf(options.store ?? MEMORY_DEFAULTS.store, 'store', ['values', 'encoded']);
  const { types: _, ...encoding } = options.codec ?? {};
  if (store === 'values' && Object.values(encoding).some((option) => option !== undefined)) {
    throw optionInvalid('codec', "says how values become bytes, which they do only with store: 'encoded'");
  }
  return Object.freeze({
    keyPrefix: checkString(options.keyPrefix ?? MEMORY_DEFAULTS.keyPrefix, 'keyPrefix', true),
    maxEntries: checkInteger(options.maxEntries ?? MEMORY_DEFAULTS.maxEntries, 'maxEntries', {
      min: 1,
      max: MAX_ENTRIES,
    }),
    maxBytes: byteSize(options.maxBytes ?? MEMORY_DEFAULTS.maxBytes, 'maxBytes'),
    store,
    codec: options.codec,
  });
}

function byteSize(value: unknown, path: string): number {
  if (typeof value === 'string') {
    const [, number, unit] = SIZE.exec(value) ?? [];
    if (number === undefined || unit === undefined)
      throw optionInvalid(path, "must be a number of bytes, or a string like '512kb', '64mb', '1gb'");
    return byteSize(Math.floor(Number(number) * (UNIT_BYTES[unit] ?? 1)), path);
  }
  return checkInteger(value, path, { min: 1, max: Number.MAX_SAFE_INTEGER });
}
