import { describe, expect, it, test } from 'vitest';
import { compressorContract } from '../../testing/compressor-contract/compressor.contract.js';
import { records } from '../../testing/compressor-contract/compressor-contract.harness.js';
import { algorithmOfByte } from './compression-algorithms.js';
import { resolveCompressionOptions, type CompressionOptions } from './compression.options.js';
import { createCompressor } from './compressor.js';
import { createDecompressors } from './decompressors.js';
import { zstd } from './zstd.algorithm.js';

const dictionary = { id: 7, bytes: records(400) };

/** Everything that this Node can write. */
const WRITABLE: [string, CompressionOptions][] = [
  ['deflate-raw', { algorithm: 'deflate-raw' }],
  ['deflate-raw with a dictionary', { algorithm: 'deflate-raw', dictionary }],
  ['brotli', { algorithm: 'brotli' }],
];
if (zstd !== undefined) WRITABLE.push(['zstd', { algorithm: 'zstd' }]);
if (zstd !== undefined && zstd.maxDictionaryBytes > 0) {
  WRITABLE.push(['zstd with a dictionary', { algorithm: 'zstd', dictionary }]);
}

describe.each(WRITABLE)('%s keeps the contract of a compressor', (_, options) => {
  const resolved = resolveCompressionOptions({ minBytes: 0, maxRatio: 1, ...options });
  if (resolved === undefined) throw new Error('compression is on');
  compressorContract(
    { test },
    {
      compressor: createCompressor(resolved),
      decompressors: createDecompressors({ dictionary: resolved.dictionary, maxDecodedBytes: 32 * 1024 ** 2 }),
    },
  );
});

describe('compression algorithms', () => {
  it('have the compressor bytes of the envelope format', () => {
    expect(algorithmOfByte(1)?.name).toBe('deflate-raw');
    expect(algorithmOfByte(17)?.name).toBe('deflate-raw');
    expect(algorithmOfByte(3)?.name).toBe('brotli');
    expect(algorithmOfByte(2)).toBe(zstd);
  });

  it.each([0, 4, 15, 16, 19, 20, 33, 255, -1, 1.5])('know no byte %d', (byte) => {
    expect(algorithmOfByte(byte)).toBeUndefined();
  });
});
