import { checkInteger, checkOneOf, checkOptions, join, optionInvalid } from '../../common/options.js';
import type { CompressionAlgorithm, CompressionAlgorithmName } from './compression-algorithm.js';
import { ALGORITHM_NAMES, algorithmNamed } from './compression-algorithms.js';
import { resolveDictionary, type CompressionDictionary, type ResolvedDictionary } from './compression-dictionary.js';

/** How values are compressed. */
export interface CompressionOptions {
  /**
   * The algorithm. `zstd` needs Node 22.15 or newer in every process that writes or reads the values.
   * @default 'deflate-raw'
   */
  readonly algorithm?: CompressionAlgorithmName | undefined;
  /**
   * The compression level: deflate-raw 1 to 9, brotli 0 to 11, zstd 1 to 22. A higher level is slower and compresses
   * better.
   * @default deflate-raw 1, brotli 4, zstd 3
   */
  readonly level?: number | undefined;
  /**
   * Serialised values of fewer bytes are not compressed; 0 compresses every value.
   * @default 2048; 64 with a dictionary
   */
  readonly minBytes?: number | undefined;
  /**
   * A value is stored uncompressed if compressed size / raw size is above this ratio; over 0, at most 1.
   * @default 0.9
   */
  readonly maxRatio?: number | undefined;
  /**
   * A dictionary that improves the compression of small values; for deflate-raw, and for zstd if this Node supports it.
   * @default undefined
   */
  readonly dictionary?: CompressionDictionary | undefined;
}

/** `CompressionOptions` after checks, with defaults filled in. */
export interface ResolvedCompressionOptions {
  readonly algorithm: CompressionAlgorithm;
  readonly level: number;
  readonly minBytes: number;
  readonly maxRatio: number;
  readonly dictionary: ResolvedDictionary | undefined;
}

export const COMPRESSION_DEFAULTS = {
  algorithm: 'deflate-raw',
  minBytes: 2048,
  maxRatio: 0.9,
} as const satisfies CompressionOptions;

/** The names of all `CompressionOptions`. */
export const COMPRESSION_OPTIONS = ['algorithm', 'level', 'minBytes', 'maxRatio', 'dictionary'] as const;

/** The default of `minBytes` with a dictionary. */
export const MIN_BYTES_WITH_DICTIONARY = 64;

/**
 * Resolves `true` to the defaults, and `false` or undefined to undefined (off).
 * @throws RedisInfraError OPTION_INVALID with the option's path
 */
export function resolveCompressionOptions(
  given: boolean | CompressionOptions | undefined,
  path = 'codec.compression',
): ResolvedCompressionOptions | undefined {
  if (given === undefined || given === false) return undefined;
  const options = given === true ? {} : given;
  checkOptions(options, COMPRESSION_OPTIONS, path);
  const algorithm = availableAlgorithm(options.algorithm ?? COMPRESSION_DEFAULTS.algorithm, join(path, 'algorithm'));
  const dictionary =
    options.dictionary === undefined
      ? undefined
      : resolveDictionary(options.dictionary, algorithm, join(path, 'dictionary'));
  return Object.freeze({
    algorithm,
    level: checkInteger(options.level ?? algorithm.levels.default, join(path, 'level'), algorithm.levels),
    minBytes: checkInteger(options.minBytes ?? defaultMinBytes(dictionary), join(path, 'minBytes'), {
      min: 0,
      max: Number.MAX_SAFE_INTEGER,
    }),
    maxRatio: checkRatio(options.maxRatio ?? COMPRESSION_DEFAULTS.maxRatio, join(path, 'maxRatio')),
    dictionary,
  });
}

function availableAlgorithm(name: unknown, path: string): CompressionAlgorithm {
  const algorithm = algorithmNamed(checkOneOf(name, path, ALGORITHM_NAMES));
  if (algorithm === undefined) throw optionInvalid(path, 'zstd needs Node 22.15 or newer');
  return algorithm;
}

function defaultMinBytes(dictionary: ResolvedDictionary | undefined): number {
  return dictionary === undefined ? COMPRESSION_DEFAULTS.minBytes : MIN_BYTES_WITH_DICTIONARY;
}

function checkRatio(ratio: unknown, path: string): number {
  if (typeof ratio === 'number' && ratio > 0 && ratio <= 1) return ratio;
  throw optionInvalid(path, 'must be a number above 0 and at most 1');
}
