import * as zlib from 'node:zlib';
import type { CompressionAlgorithm } from './compression-algorithm.js';

/**
 * Raw DEFLATE without header, trailer or checksum, with a window of 32 KiB. Every Node.js and every language can read
 * it.
 * @see https://www.rfc-editor.org/rfc/rfc1951
 */
export const deflateRaw: CompressionAlgorithm = {
  name: 'deflate-raw',
  byte: 1,
  levels: { min: 1, max: 9, default: 1 },
  // References cannot reach further back than the window.
  maxDictionaryBytes: 32 * 1024,
  compress: { sync: zlib.deflateRawSync, pooled: zlib.deflateRaw },
  decompress: { sync: zlib.inflateRawSync, pooled: zlib.inflateRaw },
  compressSettings: (level) => ({ level }),
  decompressSettings: () => ({}),
};
