/** The compression algorithms, by their names in the options. */
export type CompressionAlgorithmName = 'deflate-raw' | 'zstd' | 'brotli';

/** The options of one call of node:zlib. It fails as soon as the output exceeds `maxOutputLength`. */
export interface TransformSettings {
  readonly maxOutputLength: number;
  /** The size of one output buffer in bytes, at least 64. */
  readonly chunkSize: number;
  readonly level?: number;
  readonly dictionary?: Buffer;
  readonly pledgedSrcSize?: number;
  readonly params?: Record<number, number>;
  /** Makes node:zlib return how much of the input it consumed. */
  readonly info?: true;
}

/** Two one-shot functions of node:zlib for one direction. */
export interface Transform {
  readonly sync: (input: Buffer, settings: TransformSettings) => unknown;
  readonly pooled: (
    input: Buffer,
    settings: TransformSettings,
    done: (error: Error | null, result: unknown) => void,
  ) => void;
}

/** The settings that differ between the algorithms. */
type OwnSettings = Pick<TransformSettings, 'level' | 'pledgedSrcSize' | 'params'>;

/** One compression algorithm. */
export interface CompressionAlgorithm {
  readonly name: CompressionAlgorithmName;
  /** The envelope's compressor byte. */
  readonly byte: number;
  readonly levels: { readonly min: number; readonly max: number; readonly default: number };
  /** The maximum length of a dictionary; 0 if dictionaries are not supported. */
  readonly maxDictionaryBytes: number;
  readonly compress: Transform;
  readonly decompress: Transform;
  /** The settings of this algorithm for compressing `rawBytes` bytes. */
  readonly compressSettings: (level: number, rawBytes: number) => OwnSettings;
  /** The settings of this algorithm for decompressing to `rawBytes` bytes. */
  readonly decompressSettings: (rawBytes: number) => OwnSettings;
}
