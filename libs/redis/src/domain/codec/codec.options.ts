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

export interface CodecOptions {
  /** How values are made bytes; `msgpack` needs the package msgpackr, and is read by nothing else than this package. @default 'json' */
  readonly serializer?: 'json' | 'msgpack' | undefined;
  /** Classes of the application's own. @default [] */
  readonly types?: readonly ApplicationType[] | undefined;
  /** Makes large values smaller; true is deflate-raw from 2 KiB. @default false */
  readonly compression?: boolean | CompressionOptions | undefined;
  /** Seals values with XAES-256-GCM. @default off */
  readonly encryption?: EncryptionOptions | undefined;
  /** The most bytes one value may take as it is stored; more is CODEC_TOO_LARGE. @default 4_194_304 (4 MiB) */
  readonly maxEncodedBytes?: number | undefined;
  /** The most bytes a stored value may grow to when it is read; more is CODEC_TOO_LARGE. @default 33_554_432 (32 MiB) */
  readonly maxDecodedBytes?: number | undefined;
}

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

/** Every name `CodecOptions` has. */
export const CODEC_OPTIONS = [
  'serializer',
  'types',
  'compression',
  'encryption',
  'maxEncodedBytes',
  'maxDecodedBytes',
] as const;

/** Redis takes values of at most this size. */
const MAX_BYTES = { min: 1, max: 512 * 1024 ** 2 };

/** @throws RedisInfraError OPTION_INVALID with the option's path. */
export function resolveCodecOptions(options: CodecOptions = {}, path = 'codec'): ResolvedCodecOptions {
  checkOptions(options, CODEC_OPTIONS, path);
  const at = (name: string): string => join(path, name);
  const compression = resolveCompressionOptions(options.compression, at('compression'));
  const encryption =
    options.encryption === undefined ? undefined : resolveEncryptionOptions(options.encryption, at('encryption'));
  if (compression !== undefined && encryption !== undefined && !encryption.compressBeforeEncrypt) {
    throw optionInvalid(
      at('encryption.compressBeforeEncrypt'),
      'must be true to compress what is sealed: the length of the result tells of what is in it',
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
