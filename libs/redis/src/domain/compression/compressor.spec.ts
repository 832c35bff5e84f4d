import { brotliCompressSync, deflateRawSync, inflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { noise, records } from '../../testing/compressor-contract/compressor-contract.harness.js';
import { resolveCompressionOptions, type CompressionOptions } from './compression.options.js';
import { createCompressor, type Compressor } from './compressor.js';

function compressor(options: true | CompressionOptions): Compressor {
  const resolved = resolveCompressionOptions(options);
  if (resolved === undefined) throw new Error('compression is on');
  return createCompressor(resolved);
}

describe('a compressor', () => {
  it('does not compress values of less than minBytes', () => {
    const { compress } = compressor(true);
    expect(compress(Buffer.alloc(2047))).toBeUndefined();
    expect(compress(Buffer.alloc(2048))).toBeInstanceOf(Buffer);
  });

  it.each([10_000, 100_000])('leaves %i bytes alone that would take more than maxRatio of them', async (bytes) => {
    const half = Buffer.concat([noise(bytes / 2), Buffer.alloc(bytes / 2)]);
    const body = await compressor({ maxRatio: 0.6 }).compress(half);
    expect(body?.length).toBeLessThanOrEqual(bytes * 0.6);
    expect(await compressor({ maxRatio: 0.5 }).compress(half)).toBeUndefined();
  });

  it('includes the header in maxRatio', () => {
    const raw = records(1000);
    const bytes = deflateRawSync(raw, { level: 1 }).length + 4;
    const worth = (most: number): unknown =>
      compressor({ minBytes: 0, maxRatio: (most + 0.5) / raw.length }).compress(raw);
    expect(worth(bytes)).toHaveProperty('length', bytes);
    expect(worth(bytes - 1)).toBeUndefined();
  });

  it('writes bodies that other inflaters can read', async () => {
    for (const raw of [records(10_000), records(100_000)]) {
      const body = await compressor(true).compress(raw);
      expect(body && inflateRawSync(body.subarray(4)).equals(raw)).toBe(true);
    }
  });

  it('writes a smaller body with a higher level', () => {
    const raw = records(20_000);
    const lengthAt = (options: CompressionOptions): number => (compressor(options).compress(raw) as Buffer).length;
    expect(lengthAt({ level: 9 })).toBeLessThan(lengthAt({ level: 1 }));
    expect(lengthAt({ algorithm: 'brotli' }) - 4).toBeLessThan(deflateRawSync(raw).length);
    expect(lengthAt({ algorithm: 'brotli', level: 11 }) - 4).toBe(brotliCompressSync(raw).length);
  });

  it('compresses small values with a dictionary', () => {
    const raw = records(100);
    const body = compressor({ dictionary: { id: 0x0102, bytes: records(150) } }).compress(raw) as Buffer;
    expect(body.length).toBeLessThan(raw.length / 2);
    expect(body.readUInt16BE(0)).toBe(0x0102);
    expect(body.readUInt32BE(2)).toBe(raw.length);
    expect(deflateRawSync(raw).length).toBeGreaterThan(1.5 * body.length);
  });

  it.each([
    [1, { algorithm: 'deflate-raw' }],
    [17, { algorithm: 'deflate-raw', dictionary: { id: 1, bytes: Buffer.alloc(8) } }],
    [3, { algorithm: 'brotli' }],
  ] as const)('has the byte %i of the envelope with %j', (byte, options) => {
    expect(compressor(options).byte).toBe(byte);
  });
});
