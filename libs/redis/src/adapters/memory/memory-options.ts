import { byteSize, type ByteSize } from '../../common/byte-size.js';
import { checkInteger, checkOneOf, checkOptions, checkString, optionInvalid } from '../../common/options.js';
import type { CodecOptions } from '../../domain/codec/codec.options.js';

/** The options of a `MemoryAdapter`. */
export interface MemoryOptions {
  /** Text in front of every key. @default '' */
  readonly keyPrefix?: string | undefined;
  /**
   * Maximum number of keys, 1 to 10 million. Beyond it the least recently used key is dropped. About 20 bytes are
   * reserved for each key.
   * @default 100_000
   */
  readonly maxEntries?: number | undefined;
  /** Approximate maximum memory of all values. Beyond it the least recently used key is dropped. @default '64mb' */
  readonly maxBytes?: ByteSize | undefined;
  /**
   * `values` keeps copies, which is the fastest. `encoded` keeps the bytes that Redis would store, with the compression
   * and encryption of `codec`.
   * @default 'values'
   */
  readonly store?: 'values' | 'encoded' | undefined;
  /** How values are encoded. With `store: 'values'` only `types` is allowed. @default JSON */
  readonly codec?: CodecOptions | undefined;
}

export interface ResolvedMemoryOptions {
  readonly keyPrefix: string;
  readonly maxEntries: number;
  readonly maxBytes: number;
  readonly store: 'values' | 'encoded';
  readonly codec: CodecOptions | undefined;
}

/** The names of all options. */
export const MEMORY_OPTIONS = ['keyPrefix', 'maxEntries', 'maxBytes', 'store', 'codec'] as const;

export const MEMORY_DEFAULTS = {
  keyPrefix: '',
  maxEntries: 100_000,
  maxBytes: '64mb',
  store: 'values',
} as const satisfies MemoryOptions;

/** lru-cache allocates memory for all entries in advance. */
const MAX_ENTRIES = 10_000_000;

/** @throws RedisInfraError OPTION_INVALID with the path of the option */
export function resolveMemoryOptions(options: MemoryOptions = {}): ResolvedMemoryOptions {
  checkOptions(options, MEMORY_OPTIONS, '');
  const store = checkOneOf(options.store ?? MEMORY_DEFAULTS.store, 'store', ['values', 'encoded']);
  const { types: _, ...encoding } = options.codec ?? {};
  if (store === 'values' && Object.values(encoding).some((option) => option !== undefined)) {
    throw optionInvalid('codec', "needs store: 'encoded': with store: 'values' only codec.types is allowed");
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
