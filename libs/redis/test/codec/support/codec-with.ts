import { findPacker } from '../../../src/adapters/codec/msgpack.packer.js';
import type { Clock } from '../../../src/common/clock.js';
import { resolveCodecOptions, type CodecOptions } from '../../../src/domain/codec/codec.options.js';
import { EnvelopeCodec, type SecurityCode } from '../../../src/domain/codec/envelope.codec.js';
import { Serializers } from '../../../src/domain/codec/serializers.js';
import type { ResolvedDictionary } from '../../../src/domain/compression/compression-dictionary.js';
import { createCompressor } from '../../../src/domain/compression/compressor.js';
import { createDecompressors } from '../../../src/domain/compression/decompressors.js';
import { createCipher } from '../../../src/domain/encryption/value-cipher.js';

/** What a test may want to have in its hands beside the options. */
export interface CodecSetUp {
  readonly clock?: Clock;
  readonly onSecurity?: (code: SecurityCode) => void;
  /** The one to read with, whatever is written with; so a test can have one of an algorithm that this Node lacks. */
  readonly dictionary?: ResolvedDictionary;
  /** False: as if msgpackr were not installed. @default true */
  readonly msgpackr?: boolean;
}

/** A codec as `createCodec` makes it, with a clock of the test's own. */
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

/** A clock that stands still until it is set. */
export class StoppedClock implements Clock {
  constructor(public nowMs = 1_700_000_000_000) {}

  readonly monotonicMs = (): number => this.nowMs;
  readonly wallMs = (): number => this.nowMs;
}
