import { checkInteger, checkOptions, checkString, optionInvalid } from '../../common/options.js';

/** A size in memory: a number of bytes, or a string with a unit of 1024. */
export type ByteSize = number | `${number}${'kb' | 'mb' | 'gb'}`;

export interface MemoryOptions {
  /** Put in front of every key. @default '' */
  readonly keyPrefix?: string | undefined;
  /** The most keys kept; past it the least recently used goes. @default 100_000 */
  readonly maxEntries?: number | undefined;
  /** About the most memory the values take; past it the least recently used goes. @default '64mb' */
  readonly maxBytes?: ByteSize | undefined;
}

export interface ResolvedMemoryOptions {
  readonly keyPrefix: string;
  readonly maxEntries: number;
  readonly maxBytes: number;
}

export const MEMORY_DEFAULTS = {
  keyPrefix: '',
  maxEntries: 100_000,
  maxBytes: '64mb',
} as const satisfies MemoryOptions;

const SIZE = /^(\d+(?:\.\d+)?)(kb|mb|gb)$/;
const UNIT_BYTES: Readonly<Record<string, number>> = { kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 };

/** @throws RedisInfraError OPTION_INVALID with the option's path. */
export function resolveMemoryOptions(options: MemoryOptions = {}): ResolvedMemoryOptions {
  checkOptions(options, Object.keys(MEMORY_DEFAULTS), 'memory');
  return Object.freeze({
    keyPrefix: checkString(options.keyPrefix ?? MEMORY_DEFAULTS.keyPrefix, 'memory.keyPrefix', true),
    maxEntries: checkInteger(options.maxEntries ?? MEMORY_DEFAULTS.maxEntries, 'memory.maxEntries', {
      min: 1,
      max: 2 ** 31,
    }),
    maxBytes: byteSize(options.maxBytes ?? MEMORY_DEFAULTS.maxBytes, 'memory.maxBytes'),
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
