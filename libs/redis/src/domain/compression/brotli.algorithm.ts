import * as zlib from 'node:zlib';
import type { CompressionAlgorithm } from './compression-algorithm.js';

const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_SIZE_HINT } = zlib.constants;

/**
 * Brotli without its large-window extension: compresses better than deflate, and is slower. Dictionaries are not
 * supported, because some releases of Node.js silently ignore that option.
 * @see https://www.rfc-editor.org/rfc/rfc7932
 */
export const brotli: CompressionAlgorithm = {
  name: 'brotli',
  byte: 3,
  levels: { min: 0, max: 11, default: 4 },
  maxDictionaryBytes: 0,
  compress: { sync: zlib.brotliCompressSync, pooled: zlib.brotliCompress },
  decompress: { sync: zlib.brotliDecompressSync, pooled: zlib.brotliDecompress },
  compressSettings: (level, rawBytes) => ({
    params: { [BROTLI_PARAM_QUALITY]: level, [BROTLI_PARAM_SIZE_HINT]: rawBytes },
  }),
  decompressSettings: () => ({}),
};
