import { createCompressor } from '../../domain/compression/compressor.js';
import { createDecompressors } from '../../domain/compression/decompressors.js';
import { resolveCodecOptions, type CodecOptions } from '../../domain/codec/codec.options.js';
import { EnvelopeCodec, type SecurityCode } from '../../domain/codec/envelope.codec.js';
import { Serializers } from '../../domain/codec/serializers.js';
import { createCipher } from '../../domain/encryption/value-cipher.js';
import { findPacker } from './msgpack.packer.js';

/** Told when a stored value is not what was written. */
export type OnSecurity = (code: SecurityCode) => void;

/**
 * The codec that the options ask for.
 * @throws RedisInfraError OPTION_INVALID with the option's path, also where msgpackr or an algorithm is not there
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
