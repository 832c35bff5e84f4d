import * as zlib from 'node:zlib';
import type { CompressionAlgorithm, Transform, TransformSettings } from './compression-algorithm.js';

/** The Zstandard functions of node:zlib since Node.js 22.15, which the types of Node.js 20 lack. */
interface Zstd {
  /** Returns more than the bytes if `info` is set. */
  readonly zstdCompressSync: (input: Buffer, settings: Omit<TransformSettings, 'info'>) => Buffer;
  readonly zstdCompress: Transform['pooled'];
  readonly zstdDecompressSync: Transform['sync'];
  readonly zstdDecompress: Transform['pooled'];
  readonly constants: { readonly ZSTD_c_compressionLevel: number; readonly ZSTD_d_windowLogMax: number };
}

/** A window of 8 MiB, which RFC 8878 recommends that every decoder supports. */
const MIN_WINDOW_LOG = 23;

/**
 * One Zstandard frame: compresses better and faster than deflate. Undefined if Node.js does not support it.
 * @see https://www.rfc-editor.org/rfc/rfc8878
 */
export const zstd: CompressionAlgorithm | undefined = hasZstd(zlib) ? algorithm(zlib) : undefined;

function hasZstd(module: object): module is Zstd {
  return 'zstdCompressSync' in module && typeof module.zstdCompressSync === 'function';
}

function algorithm(module: Zstd): CompressionAlgorithm {
  const { ZSTD_c_compressionLevel: LEVEL, ZSTD_d_windowLogMax: WINDOW_LOG_MAX } = module.constants;
  return {
    name: 'zstd',
    byte: 2,
    levels: { min: 1, max: 22, default: 3 },
    maxDictionaryBytes: takesDictionary(module) ? 128 * 1024 : 0,
    compress: { sync: module.zstdCompressSync, pooled: module.zstdCompress },
    decompress: { sync: module.zstdDecompressSync, pooled: module.zstdDecompress },
    // Without the size, a frame from the thread pool requires the whole window of the level from its decoder, up to 128
    // MiB.
    compressSettings: (level, rawBytes) => ({ params: { [LEVEL]: level }, pledgedSrcSize: rawBytes }),
    // A frame of a few bytes may require a window of 128 MiB. Limits the window to the raw size.
    decompressSettings: (rawBytes) => ({
      params: { [WINDOW_LOG_MAX]: Math.max(MIN_WINDOW_LOG, Math.ceil(Math.log2(rawBytes))) },
    }),
  };
}

/** The first releases with Zstandard silently ignore the dictionary, so other releases could not read their output. */
function takesDictionary({ zstdCompressSync }: Zstd): boolean {
  const text = Buffer.from('text that the dictionary contains compresses to a few bytes');
  const bytes = (dictionary?: Buffer): number =>
    zstdCompressSync(text, { chunkSize: 256, maxOutputLength: 256, dictionary }).length;
  return bytes(text) < bytes();
}
