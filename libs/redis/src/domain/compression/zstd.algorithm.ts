import * as zlib from 'node:zlib';
import type { CompressionAlgorithm, Transform } from './compression-algorithm.js';

/** What node:zlib has of Zstandard from Node 22.15 on; the types of Node 20 do not know it. */
interface Zstd {
  readonly zstdCompressSync: Transform['sync'];
  readonly zstdCompress: Transform['pooled'];
  readonly zstdDecompressSync: Transform['sync'];
  readonly zstdDecompress: Transform['pooled'];
  readonly constants: { readonly ZSTD_c_compressionLevel: number; readonly ZSTD_d_windowLogMax: number };
}

/** A window of 8 MiB is what every reader should take, and writers should stay within. */
const LEAST_WINDOW_LOG = 23;

/**
 * One Zstandard frame: smaller and faster than deflate. Undefined where Node does not have it.
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
    // Without the size a frame made in the thread pool asks its reader for the level's whole window, up to 128 MiB.
    compressSettings: (level, rawBytes) => ({ params: { [LEVEL]: level }, pledgedSrcSize: rawBytes }),
    // A frame of a few bytes may ask for a window of 128 MiB: only what the raw size can make use of.
    decompressSettings: (rawBytes) => ({
      params: { [WINDOW_LOG_MAX]: Math.max(LEAST_WINDOW_LOG, Math.ceil(Math.log2(rawBytes))) },
    }),
  };
}

/** The first releases with Zstandard leave the option out without saying so, and would write what no other reads. */
function takesDictionary({ zstdCompressSync }: Zstd): boolean {
  const text = Buffer.from('what stands in the dictionary already takes next to nothing');
  const bytes = (dictionary?: Buffer): number =>
    (zstdCompressSync(text, { chunkSize: 256, maxOutputLength: 256, dictionary }) as Buffer).length;
  return bytes(text) < bytes();
}
