/** The algorithms of the envelope, by the names they have in options. */
export type CompressionAlgorithmName = 'deflate-raw' | 'zstd' | 'brotli';

/** What node:zlib is told for one call. It stops with an error as soon as there is more output than `maxOutputLength`. */
export interface TransformSettings {
  readonly maxOutputLength: number;
  /** How many bytes of output are made room for at a time; the least is 64. */
  readonly chunkSize: number;
  readonly level?: number;
  readonly dictionary?: Buffer;
  readonly pledgedSrcSize?: number;
  readonly params?: Record<number, number>;
  /** Asks node:zlib to tell how much of the input it took. */
  readonly info?: true;
}

/** A pair of node:zlib's functions that take all of their input at once, in one direction. */
export interface Transform {
  readonly sync: (input: Buffer, settings: TransformSettings) => unknown;
  readonly pooled: (
    input: Buffer,
    settings: TransformSettings,
    done: (error: Error | null, result: unknown) => void,
  ) => void;
}

type OwnSettings = Pick<TransformSettings, 'level' | 'pledgedSrcSize' | 'params'>;

export interface CompressionAlgorithm {
  readonly name: CompressionAlgorithmName;
  /** The envelope's compressor byte. */
  readonly byte: number;
  readonly levels: { readonly min: number; readonly max: number; readonly default: number };
  /** The longest dictionary; 0 where none is taken. */
  readonly maxDictionaryBytes: number;
  readonly compress: Transform;
  readonly decompress: Transform;
  /** What is its own in writing so many bytes. */
  readonly compressSettings: (level: number, rawBytes: number) => OwnSettings;
  /** What is its own in reading so many bytes. */
  readonly decompressSettings: (rawBytes: number) => OwnSettings;
}
