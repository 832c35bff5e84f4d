import { checkInteger, checkOneOf, checkOptions, join, optionInvalid } from '../../common/options.js';
import {
  resolveCompressionOptions,
  type CompressionOptions,
  type ResolvedCompressionOptions,
} from '../compression/compression.options.js';
import {
  resolveEncryptionOptions,
  type EncryptionOptions,
  type ResolvedEncryptionOptions,
} from '../encryption/encryption.options.js';
import { ApplicationTypes, type ApplicationType } from './json/application-types.js';

/** How values are serialised, compressed and encrypted. */
export interface CodecOptions {
  /**
   * The serialiser. `msgpack` needs the package msgpackr, and only this package can read its values.
   * @default 'json'
   */
  readonly serializer?: 'json' | 'msgpack' | undefined;
  /** Classes of the application that can be stored. @default [] */
  readonly types?: readonly ApplicationType[] | undefined;
  /** Compresses large values; true means deflate-raw from 2 KiB. @default false */
  readonly compression?: boolean | CompressionOptions | undefined;
  /** Encrypts values with XAES-256-GCM. @default undefined: not encrypted */
  readonly encryption?: EncryptionOptions | undefined;
  /**
   * The maximum stored size of one value in bytes, 1 to 512 MiB; a larger value is CODEC_TOO_LARGE.
   * @default 4_194_304 (4 MiB)
   */
  readonly maxEncodedBytes?: number | undefined;
  /**
   * The maximum size of a value after decompression in bytes, 1 to 512 MiB; a larger value is CODEC_TOO_LARGE.
   * @default 33_554_432 (32 MiB)
   */
  readonly maxDecodedBytes?: number | undefined;
}

/** `CodecOptions` after checks, with defaults filled in. */
export interface ResolvedCodecOptions {
  readonly serializer: 'json' | 'msgpack';
  readonly types: ApplicationTypes;
  readonly compression: ResolvedCompressionOptions | undefined;
  readonly encryption: ResolvedEncryptionOptions | undefined;
  readonly maxEncodedBytes: number;
  readonly maxDecodedBytes: number;
}

export const CODEC_DEFAULTS = {
  serializer: 'json',
  maxEncodedBytes: 4 * 1024 ** 2,
  maxDecodedBytes: 32 * 1024 ** 2,
} as const satisfies CodecOptions;

/** The names of all `CodecOptions`. */
export const CODEC_OPTIONS = [
  'serializer',
  'types',
  'compression',
  'encryption',
  'maxEncodedBytes',
  'maxDecodedBytes',
] as const;

/** Redis limits a value to 512 MiB. */
const MAX_BYTES = { min: 1, max: 512 * 1024 ** 2 };

/** Checks codec options and fills in defaults. @throws RedisInfraError OPTION_INVALID with the option's path */
export function resolveCodecOptions(options: CodecOptions = {}, path = 'codec'): ResolvedCodecOptions {
  checkOptions(options, CODEC_OPTIONS, path);
  const at = (name: string): string => join(path, name);
  const compression = resolveCompressionOptions(options.compression, at('compression'));
  const encryption =
    options.encryption === undefined ? undefined : resolveEncryptionOptions(options.encryption, at('encryption'));
  if (compression !== undefined && encryption !== undefined && !encryption.compressBeforeEncrypt) {
    throw optionInvalid(
      at('encryption.compressBeforeEncrypt'),
      'must be true to combine compression with encryption: the length of a compressed value reveals part of its content',
    );
  }
  return Object.freeze({
    serializer: checkOneOf(options.serializer ?? CODEC_DEFAULTS.serializer, at('serializer'), ['json', 'msgpack']),
    types: new ApplicationTypes(options.types, at('types')),
    compression,
    encryption,
    maxEncodedBytes: checkInteger(
      options.maxEncodedBytes ?? CODEC_DEFAULTS.maxEncodedBytes,
      at('maxEncodedBytes'),
      MAX_BYTES,
    ),
    maxDecodedBytes: checkInteger(
      options.maxDecodedBytes ?? CODEC_DEFAULTS.maxDecodedBytes,
      at('maxDecodedBytes'),
      MAX_BYTES,
    ),
  });
}
