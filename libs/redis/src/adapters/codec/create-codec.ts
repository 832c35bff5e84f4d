import { createCompressor } from '../../domain/compression/compressor.js';
import { createDecompressors } from '../../domain/compression/decompressors.js';
import { resolveCodecOptions, type CodecOptions } from '../../domain/codec/codec.options.js';
import { EnvelopeCodec, type SecurityCode } from '../../domain/codec/envelope.codec.js';
import { Serializers } from '../../domain/codec/serializers.js';
import { createCipher } from '../../domain/encryption/value-cipher.js';
import { findPacker } from './msgpack.packer.js';

/** Called when a stored value was modified by others, or is not encrypted although it must be. */
export type OnSecurity = (code: SecurityCode) => void;

/**
 * Creates the codec for the given options.
 * @throws RedisInfraError OPTION_INVALID with the path of the option, also if msgpackr is not installed or an algorithm
 * is not available
 */
export function createCodec(
  codecOptions: CodecOptions | undefined,
  path = 'codec',
  onSecurity?: OnSecurity,
): EnvelopeCodec {
  const options = resolveCodecOptions(codecOptions, path);
  const { compression, encryption, maxDecodedBytes, maxEncodedBytes, serializer, types } = options;
  const maxBytes = compression === undefined ? maxEncodedBytes : Math.max(maxEncodedBytes, maxDecodedBytes);
  return new EnvelopeCodec({
    options,
    serializers: new Serializers(types, findPacker(serializer === 'msgpack', path), serializer === 'msgpack', maxBytes),
    compressor: compression && createCompressor(compression),
    decompressors: createDecompressors({ dictionary: compression?.dictionary, maxDecodedBytes }),
    cipher: encryption && createCipher(encryption),
    onSecurity,
  });
}
