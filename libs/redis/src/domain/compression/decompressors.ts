import { readBody, type CompressedBody } from './compressed-body.js';
import type { CompressionAlgorithm, TransformSettings } from './compression-algorithm.js';
import { algorithmOfByte, WITH_DICTIONARY } from './compression-algorithms.js';
import type { ResolvedDictionary } from './compression-dictionary.js';
import { damaged, declaredTooLarge, unknownDictionary, unsupportedCompressor } from './decompression.errors.js';
import { roomFor, transformPooled, transformSync, type Transformed } from './one-shot.js';

/** Reads compressed bodies of every algorithm this Node has, whatever is configured for writing. */
export interface Decompressors {
  /**
   * The raw bytes of a body; they share no memory with it. It answers at once below 256 KiB, and from the thread pool above.
   * Its errors are thrown, or reject the promise where there is one.
   * @throws RedisInfraError CODEC_UNSUPPORTED for an algorithm or a dictionary that is not known here.
   * @throws RedisInfraError CODEC_MALFORMED for a body shorter than its own header.
   * @throws RedisInfraError CODEC_TOO_LARGE for a body that declares more raw bytes than may be read, before any is inflated.
   * @throws RedisInfraError CODEC_DECOMPRESS for data that is damaged, or not exactly what the body declares.
   */
  decompress(compressorByte: number, body: Buffer): Buffer | Promise<Buffer>;
}

export interface DecompressorOptions {
  /** The one that small values may have been written with; another's id is CODEC_UNSUPPORTED. */
  readonly dictionary?: ResolvedDictionary | undefined;
  /** The most raw bytes a value may have; more is CODEC_TOO_LARGE. */
  readonly maxDecodedBytes: number;
}

/** Bytes, declared or compressed, from which on the thread pool inflates. */
export const POOL_INFLATES_FROM_BYTES = 256 * 1024;

/**
 * A header may lie: there is room made at a time for what so little data may well become, and no more. Most values, which
 * do not shrink to less than a 64th, are inflated into one piece of exactly their size all the same.
 */
const CHUNK_BYTES = 256 * 1024;
const CHUNK_RATIO = 64;

/** Readers of everything that this Node can read. */
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

/** Exactly what was declared, from all of the data: node:zlib itself says nothing of what stands behind the end. */
function checked(algorithm: CompressionAlgorithm, body: CompressedBody, { output, consumed }: Transformed): Buffer {
  if (output.length !== body.rawBytes || consumed !== body.data.length) throw damaged(algorithm.name, body);
  return ofItsOwn(output);
}

/** A small output may be a view of a slab that others are cut from; whoever keeps it would keep all of that. */
function ofItsOwn(output: Buffer): Buffer {
  if (output.buffer.byteLength <= output.length + 1) return output;
  const own = Buffer.allocUnsafeSlow(output.length);
  output.copy(own);
  return own;
}
