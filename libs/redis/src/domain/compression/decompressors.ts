import { readBody, type CompressedBody } from './compressed-body.js';
import type { CompressionAlgorithm, TransformSettings } from './compression-algorithm.js';
import { algorithmOfByte, WITH_DICTIONARY } from './compression-algorithms.js';
import type { ResolvedDictionary } from './compression-dictionary.js';
import { damaged, declaredTooLarge, unknownDictionary, unsupportedCompressor } from './decompression.errors.js';
import { roomFor, transformPooled, transformSync, type Transformed } from './one-shot.js';

/** Decompresses bodies of every algorithm of this Node.js, independently of the options for writing. */
export interface Decompressors {
  /**
   * Returns the raw bytes of a body, which share no memory with it. Below 256 KiB it runs synchronously, above in the
   * thread pool. It throws an error, or rejects the promise if it returned one.
   * @throws RedisInfraError CODEC_UNSUPPORTED if the algorithm or the dictionary is unknown
   * @throws RedisInfraError CODEC_MALFORMED if the body is shorter than its header
   * @throws RedisInfraError CODEC_TOO_LARGE if the body declares more raw bytes than `maxDecodedBytes`, before
   * decompression
   * @throws RedisInfraError CODEC_DECOMPRESS if the data is damaged, or its length differs from the declared one
   */
  decompress(compressorByte: number, body: Buffer): Buffer | Promise<Buffer>;
}

/** Options of `createDecompressors`. */
export interface DecompressorOptions {
  /** The dictionary of the values. A value with another dictionary id is CODEC_UNSUPPORTED. */
  readonly dictionary?: ResolvedDictionary | undefined;
  /** The maximum raw size of a value in bytes; a larger value is CODEC_TOO_LARGE. */
  readonly maxDecodedBytes: number;
}

/** From this number of bytes on, declared or compressed, the thread pool decompresses. */
export const POOL_INFLATES_FROM_BYTES = 256 * 1024;

/**
 * A header may declare a wrong size, so the output buffer is limited by the size of the compressed data. Values with a
 * compression ratio below 64 still decompress into one buffer of exactly their size.
 */
const CHUNK_BYTES = 256 * 1024;
const CHUNK_RATIO = 64;

/** Creates the decompressors of all algorithms of this Node.js. */
export function createDecompressors({ dictionary, maxDecodedBytes }: DecompressorOptions): Decompressors {
  return {
    decompress: (compressorByte, bytes) => {
      const algorithm = algorithmOfByte(compressorByte);
      if (algorithm === undefined) throw unsupportedCompressor(compressorByte);
      const body = readBody(bytes, compressorByte >= WITH_DICTIONARY);
      const { dictionaryId, rawBytes, data } = body;
      if (rawBytes > maxDecodedBytes) throw declaredTooLarge(rawBytes, maxDecodedBytes);
      if (dictionaryId !== undefined && dictionaryId !== dictionary?.id) throw unknownDictionary(dictionaryId);
      const settings = decompressSettings(algorithm, body, dictionaryId === undefined ? undefined : dictionary?.bytes);
      return Math.max(rawBytes, data.length) < POOL_INFLATES_FROM_BYTES
        ? inflateSync(algorithm, body, settings)
        : inflatePooled(algorithm, body, settings);
    },
  };
}

function inflateSync(algorithm: CompressionAlgorithm, body: CompressedBody, settings: TransformSettings): Buffer {
  let done: Transformed;
  try {
    done = transformSync(algorithm.decompress, body.data, settings);
  } catch {
    throw damaged(algorithm.name, body);
  }
  return checked(algorithm, body, done);
}

function inflatePooled(
  algorithm: CompressionAlgorithm,
  body: CompressedBody,
  settings: TransformSettings,
): Promise<Buffer> {
  return transformPooled(algorithm.decompress, body.data, settings).then(
    (done) => checked(algorithm, body, done),
    () => {
      throw damaged(algorithm.name, body);
    },
  );
}

function decompressSettings(
  algorithm: CompressionAlgorithm,
  { rawBytes, data }: CompressedBody,
  dictionary: Buffer | undefined,
): TransformSettings {
  return {
    ...algorithm.decompressSettings(rawBytes),
    ...roomFor(Math.min(rawBytes, Math.max(CHUNK_BYTES, data.length * CHUNK_RATIO))),
    maxOutputLength: Math.max(1, rawBytes),
    info: true,
    ...(dictionary && { dictionary }),
  };
}

/**
 * Checks the declared length, and that all data was consumed: node:zlib ignores bytes after the end of the compressed
 * data.
 */
function checked(algorithm: CompressionAlgorithm, body: CompressedBody, { output, consumed }: Transformed): Buffer {
  if (output.length !== body.rawBytes || consumed !== body.data.length) throw damaged(algorithm.name, body);
  return copyIfShared(output);
}

/** A small output may be a view of a shared slab, and would keep the whole slab in memory. */
function copyIfShared(output: Buffer): Buffer {
  if (output.buffer.byteLength <= output.length + 1) return output;
  const own = Buffer.allocUnsafeSlow(output.length);
  output.copy(own);
  return own;
}
