import { checkInteger, checkOptions, join, optionInvalid } from '../../common/options.js';
import type { CompressionAlgorithm } from './compression-algorithm.js';

/**
 * Bytes that values have in common, which they then need not carry themselves: member names, usual values, the most usual
 * last. Writers and readers must have the same bytes under the same id, and nothing finds out if they have not: an id that
 * was in use never gets other bytes.
 */
export interface CompressionDictionary {
  /** 1 to 65535; it is written into every value. */
  readonly id: number;
  /** 8 bytes to 32 KiB; up to 128 KiB with zstd. They are copied. */
  readonly bytes: Uint8Array;
}

export interface ResolvedDictionary {
  readonly id: number;
  readonly bytes: Buffer;
}

/** Zstandard leaves out what is shorter. */
const LEAST_BYTES = 8;

/** @throws RedisInfraError OPTION_INVALID with the path, also where the algorithm takes no dictionary. */
export function resolveDictionary(
  dictionary: CompressionDictionary,
  algorithm: CompressionAlgorithm,
  path: string,
): ResolvedDictionary {
  const { name, maxDictionaryBytes } = algorithm;
  if (maxDictionaryBytes === 0) throw optionInvalid(path, `${name} takes no dictionary on this Node`);
  checkOptions(dictionary, ['id', 'bytes'], path);
  const id = checkInteger(dictionary.id, join(path, 'id'), { min: 1, max: 0xffff });
  const bytes: unknown = dictionary.bytes;
  if (!(bytes instanceof Uint8Array) || bytes.length < LEAST_BYTES || bytes.length > maxDictionaryBytes) {
    throw optionInvalid(
      join(path, 'bytes'),
      `must be a Uint8Array of ${LEAST_BYTES} to ${maxDictionaryBytes} bytes for ${name}`,
    );
  }
  return Object.freeze({ id, bytes: copyFor(algorithm, bytes, join(path, 'bytes')) });
}

/** A dictionary that was trained has an inner form, which may be broken; better said now than with every value. */
function copyFor(algorithm: CompressionAlgorithm, bytes: Uint8Array, path: string): Buffer {
  const dictionary = Buffer.from(bytes);
  try {
    const { levels, compress, compressSettings } = algorithm;
    const limits = { maxOutputLength: 256, chunkSize: 256 };
    compress.sync(Buffer.alloc(1), { ...compressSettings(levels.default, 1), ...limits, dictionary });
  } catch {
    throw optionInvalid(path, `${algorithm.name} cannot use this dictionary`);
  }
  return dictionary;
}
