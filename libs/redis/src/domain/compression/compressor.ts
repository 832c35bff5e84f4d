import { bodyHeaderBytes, writeBody } from './compressed-body.js';
import type { TransformSettings } from './compression-algorithm.js';
import { WITH_DICTIONARY } from './compression-algorithms.js';
import type { ResolvedCompressionOptions } from './compression.options.js';
import { roomFor, transformPooled, transformSync, type Transformed } from './one-shot.js';

/** Makes bytes smaller. The body it answers says of itself how long the raw bytes were; `byte` says how to read it. */
export interface Compressor {
  /** The envelope's compressor byte: 1 deflate-raw, 2 zstd, 3 brotli; 16 more with a dictionary. */
  readonly byte: number;
  /**
   * The compressed body, or undefined if it is not worth it: the raw bytes are few, or the body would be hardly smaller.
   * It answers at once below 32 KiB of raw bytes, and from the thread pool above; `raw` must not change until then.
   * The body shares no memory with it.
   */
  compress(raw: Buffer): Buffer | undefined | Promise<Buffer | undefined>;
}

/** Raw bytes from which on the thread pool compresses: below, the way there costs more than it saves. */
export const POOL_COMPRESSES_FROM_BYTES = 32 * 1024;

/** Few turns between loop and pool, without making room for what mostly becomes a third of it. */
const MAX_CHUNK_BYTES = 256 * 1024;

/** A compressor as the options say. */
export function createCompressor(options: ResolvedCompressionOptions): Compressor {
  const { algorithm, minBytes, maxRatio, dictionary } = options;
  const headerBytes = bodyHeaderBytes(dictionary !== undefined);
  const body = (raw: Buffer, { output }: Transformed): Buffer =>
    writeBody({ dictionaryId: dictionary?.id, rawBytes: raw.length, data: output });

  return {
    byte: algorithm.byte + (dictionary === undefined ? 0 : WITH_DICTIONARY),
    compress: (raw) => {
      const maxOutputLength = Math.floor(raw.length * maxRatio) - headerBytes;
      if (raw.length < minBytes || maxOutputLength < 1) return undefined;
      const settings = compressSettings(options, raw.length, maxOutputLength);
      // Whatever goes wrong here, the raw bytes are as good: mostly it is that the output is not worth it, and ends early.
      if (raw.length >= POOL_COMPRESSES_FROM_BYTES) {
        return transformPooled(algorithm.compress, raw, settings).then(
          (done) => body(raw, done),
          () => undefined,
        );
      }
      try {
        return body(raw, transformSync(algorithm.compress, raw, settings));
      } catch {
        return undefined;
      }
    },
  };
}

function compressSettings(
  { algorithm, level, dictionary }: ResolvedCompressionOptions,
  rawBytes: number,
  maxOutputLength: number,
): TransformSettings {
  const settings = algorithm.compressSettings(level, rawBytes);
  const { chunkSize } = roomFor(Math.min(maxOutputLength, MAX_CHUNK_BYTES));
  return { ...settings, chunkSize, maxOutputLength, dictionary: dictionary?.bytes, info: true };
}
