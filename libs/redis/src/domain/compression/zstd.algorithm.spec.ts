import * as zlib from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import { writeBody } from './compressed-body.js';
import { algorithmNamed } from './compression-algorithms.js';
import { resolveCompressionOptions } from './compression.options.js';
import { createDecompressors } from './decompressors.js';

const HAS_ZSTD = 'zstdCompressSync' in zlib;

/** The result of a synchronous call, or the code and path of its error. */
function comesTo(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    if (!(error instanceof RedisInfraError)) throw error;
    return [error.code, error.context.path].filter((part) => part !== undefined).join(' ');
  }
}

/** A frame without the size in its header, and one block: ten times the letter A. */
const frame = (windowLog: number): Buffer =>
  Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, (windowLog - 10) << 3, 0x53, 0, 0, 0x41]);
const read = (byte: number, data: Buffer): unknown => {
  const body = writeBody({ dictionaryId: byte === 18 ? 5 : undefined, rawBytes: 10, data });
  return comesTo(() => createDecompressors({ maxDecodedBytes: 1000 }).decompress(byte, body));
};

describe('zstd', () => {
  it('is available if node:zlib supports it', () => {
    expect(algorithmNamed('zstd') !== undefined).toBe(HAS_ZSTD);
  });

  it('is accepted as an option if available, and refused otherwise', () => {
    expect(comesTo(() => resolveCompressionOptions({ algorithm: 'zstd' })?.level)).toBe(
      HAS_ZSTD ? 3 : 'OPTION_INVALID codec.compression.algorithm',
    );
  });

  it('is decompressed if available, and CODEC_UNSUPPORTED otherwise', () => {
    expect(read(2, frame(23))).toEqual(HAS_ZSTD ? Buffer.from('AAAAAAAAAA') : 'CODEC_UNSUPPORTED');
    expect(read(18, frame(23))).toBe('CODEC_UNSUPPORTED');
  });

  it('does not allocate a window of 128 MiB for a frame of ten bytes', () => {
    expect(read(2, frame(27))).toBe(HAS_ZSTD ? 'CODEC_DECOMPRESS' : 'CODEC_UNSUPPORTED');
  });

  it('refuses a trained dictionary that is broken', () => {
    const bytes = Buffer.concat([Buffer.from('37a430ec', 'hex'), Buffer.alloc(100, 0xff)]);
    const { maxDictionaryBytes } = algorithmNamed('zstd') ?? { maxDictionaryBytes: undefined };
    const member =
      maxDictionaryBytes === undefined ? 'algorithm' : maxDictionaryBytes > 0 ? 'dictionary.bytes' : 'dictionary';
    expect(comesTo(() => resolveCompressionOptions({ algorithm: 'zstd', dictionary: { id: 1, bytes } }))).toBe(
      `OPTION_INVALID codec.compression.${member}`,
    );
  });
});
