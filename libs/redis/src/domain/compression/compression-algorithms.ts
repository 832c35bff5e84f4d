import { brotli } from './brotli.algorithm.js';
import type { CompressionAlgorithm, CompressionAlgorithmName } from './compression-algorithm.js';
import { deflateRaw } from './deflate-raw.algorithm.js';
import { zstd } from './zstd.algorithm.js';

/** Added to the envelope's compressor byte if the body begins with the id of a dictionary. */
export const WITH_DICTIONARY = 16;

export const ALGORITHM_NAMES: readonly CompressionAlgorithmName[] = ['deflate-raw', 'brotli', 'zstd'];

const AVAILABLE: readonly CompressionAlgorithm[] = [deflateRaw, brotli, zstd].filter(
  (algorithm) => algorithm !== undefined,
);

/** Returns an algorithm by name; undefined if this Node.js does not have it. */
export function algorithmNamed(name: CompressionAlgorithmName): CompressionAlgorithm | undefined {
  return AVAILABLE.find((algorithm) => algorithm.name === name);
}

/**
 * Returns the algorithm of the envelope's compressor byte, with or without a dictionary; undefined if this Node.js
 * cannot read it.
 */
export function algorithmOfByte(byte: number): CompressionAlgorithm | undefined {
  return AVAILABLE.find(
    (algorithm) =>
      byte === algorithm.byte || (byte === algorithm.byte + WITH_DICTIONARY && algorithm.maxDictionaryBytes > 0),
  );
}
