import { findPacker } from '../../../src/adapters/codec/msgpack.packer.js';
import type { Clock } from '../../../src/common/clock.js';
import { resolveCodecOptions, type CodecOptions } from '../../../src/domain/codec/codec.options.js';
import { EnvelopeCodec, type SecurityCode } from '../../../src/domain/codec/envelope.codec.js';
import { Serializers } from '../../../src/domain/codec/serializers.js';
import type { ResolvedDictionary } from '../../../src/domain/compression/compression-dictionary.js';
import { createCompressor } from '../../../src/domain/compression/compressor.js';
import { createDecompressors } from '../../../src/domain/compression/decompressors.js';
import { createCipher } from '../../../src/domain/encryption/value-cipher.js';

/** Parts of a codec that a test may replace, in addition to the options. */
export interface CodecSetUp {
  readonly clock?: Clock;
  readonly onSecurity?: (code: SecurityCode) => void;
  /** The decompressors. A test can pass one of an algorithm that this Node.js lacks. */
  readonly dictionary?: ResolvedDictionary;
  /** False simulates that msgpackr is not installed. @default true */
  readonly msgpackr?: boolean;
}

/** Creates a codec like `createCodec`, with a clock of the test. */
export function codecWith(options: CodecOptions = {}, setUp: CodecSetUp = {}): EnvelopeCodec {
  const resolved = resolveCodecOptions(options);
  const { compression, encryption, maxDecodedBytes, serializer, types } = resolved;
  const { clock, onSecurity, dictionary = compression?.dictionary, msgpackr = true } = setUp;
  const packer = msgpackr ? findPacker(true, 'codec') : undefined;
  return new EnvelopeCodec({
    options: resolved,
    serializers: new Serializers(types, packer, serializer === 'msgpack'),
    compressor: compression && createCompressor(compression),
    decompressors: createDecompressors({ dictionary, maxDecodedBytes }),
    cipher: encryption && createCipher(encryption, clock),
    clock,
    onSecurity,
  });
}

/** A clock whose time only changes when it is set. */
export class StoppedClock implements Clock {
  constructor(public nowMs = 1_700_000_000_000) {}

  readonly monotonicMs = (): number => this.nowMs;
  readonly wallMs = (): number => this.nowMs;
}
