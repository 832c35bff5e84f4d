import { checkInteger, checkOptions, join, optionInvalid } from '../../common/options.js';
import type { CompressionAlgorithm } from './compression-algorithm.js';

/**
 * Bytes that many values contain, such as member names and frequent values, the most frequent last. They are not
 * repeated in the compressed values. Writers and readers must use the same bytes under one id; a difference is not
 * detected, so never reuse an id.
 */
export interface CompressionDictionary {
  /** 1 to 65535. It is stored in every value. */
  readonly id: number;
  /** The dictionary, 8 bytes to 32 KiB; up to 128 KiB with zstd. It is copied. */
  readonly bytes: Uint8Array;
}

/** A checked copy of a `CompressionDictionary`. */
export interface ResolvedDictionary {
  readonly id: number;
  readonly bytes: Buffer;
}

/** Zstandard ignores a shorter dictionary. */
const MIN_BYTES = 8;

/**
 * Checks and copies a dictionary.
 * @throws RedisInfraError OPTION_INVALID with the path, also if the algorithm supports no dictionary
 */
export function resolveDictionary(
  dictionary: CompressionDictionary,
  algorithm: CompressionAlgorithm,
  path: string,
): ResolvedDictionary {
  const { name, maxDictionaryBytes } = algorithm;
  if (maxDictionaryBytes === 0) throw optionInvalid(path, `${name} supports no dictionary on this version of Node.js`);
  checkOptions(dictionary, ['id', 'bytes'], path);
  const id = checkInteger(dictionary.id, join(path, 'id'), { min: 1, max: 0xffff });
  const bytes: unknown = dictionary.bytes;
  if (!(bytes instanceof Uint8Array) || bytes.length < MIN_BYTES || bytes.length > maxDictionaryBytes) {
    throw optionInvalid(
      join(path, 'bytes'),
      `must be a Uint8Array of ${MIN_BYTES} to ${maxDictionaryBytes} bytes for ${name}`,
    );
  }
  return Object.freeze({ id, bytes: copyFor(algorithm, bytes, join(path, 'bytes')) });
}

/** A trained dictionary has an inner format. Compresses one byte to reject a broken one here and not on every write. */
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
