import { bodyHeaderBytes, writeBody } from './compressed-body.js';
import type { TransformSettings } from './compression-algorithm.js';
import { WITH_DICTIONARY } from './compression-algorithms.js';
import type { ResolvedCompressionOptions } from './compression.options.js';
import { roomFor, transformPooled, transformSync, type Transformed } from './one-shot.js';

/** Compresses bytes. The body contains the raw length; `byte` identifies the algorithm. */
export interface Compressor {
  /** The envelope's compressor byte: 1 deflate-raw, 2 zstd, 3 brotli; 16 more with a dictionary. */
  readonly byte: number;
  /**
   * Returns the compressed body, or undefined if compression does not pay: there are too few raw bytes, or the body is
   * hardly smaller. Below 32 KiB it runs synchronously, above in the thread pool; do not change `raw` until it is done.
   * The body shares no memory with `raw`.
   */
  compress(raw: Buffer): Buffer | undefined | Promise<Buffer | undefined>;
}

/** From this number of raw bytes on the thread pool compresses. Below, the dispatch costs more than it saves. */
export const POOL_COMPRESSES_FROM_BYTES = 32 * 1024;

/** Limits the output buffer: the output is usually a third of the input. Larger outputs take several buffers. */
const MAX_CHUNK_BYTES = 256 * 1024;

/** Creates the compressor of these options. */
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
      // On any error the raw bytes are stored. Usually the output exceeded `maxOutputLength` and so is not worth it.
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
