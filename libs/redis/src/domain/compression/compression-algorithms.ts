import { brotli } from './brotli.algorithm.js';
import type { CompressionAlgorithm, CompressionAlgorithmName } from './compression-algorithm.js';
import { deflateRaw } from './deflate-raw.algorithm.js';
import { zstd } from './zstd.algorithm.js';

/** Added to the envelope's compressor byte where the body begins with the number of a dictionary. */
export const WITH_DICTIONARY = 16;

export const ALGORITHM_NAMES: readonly CompressionAlgorithmName[] = ['deflate-raw', 'brotli', 'zstd'];

const AVAILABLE: readonly CompressionAlgorithm[] = [deflateRaw, brotli, zstd].filter((one) => one !== undefined);

/** The algorithm of that name; undefined where this Node does not have it. */
export function algorithmNamed(name: CompressionAlgorithmName): CompressionAlgorithm | undefined {
  return AVAILABLE.find((algorithm) => algorithm.name === name);
}

/** The algorithm of the envelope's compressor byte, with or without a dictionary; undefined where this Node cannot read it. */
export function algorithmOfByte(byte: number): CompressionAlgorithm | undefined {
  return AVAILABLE.find(
    (algorithm) =>
      byte === algorithm.byte || (byte === algorithm.byte + WITH_DICTIONARY && algorithm.maxDictionaryBytes > 0),
  );
}
