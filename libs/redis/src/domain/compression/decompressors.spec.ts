import * as zlib from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import { failsWith, records } from '../../testing/compressor-contract/compressor-contract.harness.js';
import { writeBody } from './compressed-body.js';
import { createDecompressors } from './decompressors.js';
import { deflateRaw } from './deflate-raw.algorithm.js';
import { zstd } from './zstd.algorithm.js';

const MIB = 1024 ** 2;
const limits = { maxDecodedBytes: 32 * MIB };

const body = (data: Buffer, rawBytes: number, dictionaryId?: number): Buffer =>
  writeBody({ dictionaryId, rawBytes, data });

/** Compressed data of 64 MiB of zeros, by compressor byte. */
const bombs = new Map<number, Buffer>([
  [1, zlib.deflateRawSync(Buffer.alloc(64 * MIB))],
  [3, zlib.brotliCompressSync(Buffer.alloc(64 * MIB), { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 4 } })],
]);
if (zstd !== undefined) {
  const settings = { ...zstd.compressSettings(3, 64 * MIB), maxOutputLength: MIB, chunkSize: MIB };
  bombs.set(zstd.byte, zstd.compress.sync(Buffer.alloc(64 * MIB), settings) as Buffer);
}

describe.each([...bombs])('a bomb for the compressor %i', (byte, data) => {
  const { decompress } = createDecompressors(limits);

  it('is refused before decompression if it declares its size', () => {
    expect(() => decompress(byte, body(data, 64 * MIB))).toThrow(
      expect.objectContaining({
        code: 'CODEC_TOO_LARGE',
        outcome: 'executed',
        context: { bytes: 64 * MIB, limit: 32 * MIB },
      }),
    );
  });

  it.each([0, 1, 1000, 200_000, MIB, 4 * MIB])(
    'is refused as soon as it exceeds the %i bytes it declares',
    (declared) => failsWith('CODEC_DECOMPRESS', () => decompress(byte, body(data, declared))),
  );

  it('does not allocate the size that a forged header declares', async () => {
    const few = body(data.subarray(0, 10), 32 * MIB);
    const before = process.memoryUsage().arrayBuffers;
    const answers = Array.from({ length: 4 }, () => decompress(byte, few));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * 0.5 * MIB);
    await Promise.all(answers.map((answer) => failsWith('CODEC_DECOMPRESS', () => answer)));
  });
});

describe('decompressors', () => {
  it('read the output of other deflaters, with every window and strategy', () => {
    const { decompress } = createDecompressors(limits);
    const raw = records(20_000);
    for (const options of [{ level: 0 }, { level: 9, windowBits: 9 }, { strategy: zlib.constants.Z_HUFFMAN_ONLY }]) {
      const read = decompress(1, body(zlib.deflateRawSync(raw, options), raw.length)) as Buffer;
      expect(read.equals(raw)).toBe(true);
    }
  });

  it('read an empty value', () => {
    const { decompress } = createDecompressors(limits);
    const empty = Buffer.alloc(0);
    expect(decompress(1, body(zlib.deflateRawSync(empty), 0))).toEqual(empty);
    expect(decompress(3, body(zlib.brotliCompressSync(empty), 0))).toEqual(empty);
  });

  it('read values up to exactly maxDecodedBytes', () => {
    const { decompress } = createDecompressors({ maxDecodedBytes: 1000 });
    const of = (bytes: number): Buffer => body(zlib.deflateRawSync(Buffer.alloc(bytes)), bytes);
    expect(decompress(1, of(1000))).toHaveLength(1000);
    expect(() => decompress(1, of(1001))).toThrow(expect.objectContaining({ code: 'CODEC_TOO_LARGE' }));
  });

  it('use the thread pool for a large body that declares a small size', async () => {
    const emptyBlocks = Buffer.concat(Array.from({ length: 100_000 }, () => Buffer.from('000000ffff', 'hex')));
    const answer = createDecompressors(limits).decompress(1, body(emptyBlocks, 10));
    expect(answer).toBeInstanceOf(Promise);
    await failsWith('CODEC_DECOMPRESS', () => answer);
  });

  it.each([0, 4, 16, 19, 33, 255])('do not know the compressor %i', (byte) => {
    expect(() => createDecompressors(limits).decompress(byte, Buffer.alloc(0))).toThrow(
      expect.objectContaining({ code: 'CODEC_UNSUPPORTED', outcome: 'executed', context: { compressor: byte } }),
    );
  });

  it('need the dictionary of the value', () => {
    const dictionary = { id: 9, bytes: records(300) };
    const raw = records(200);
    const written = body(zlib.deflateRawSync(raw, { dictionary: dictionary.bytes }), raw.length, 9);
    expect(createDecompressors({ ...limits, dictionary }).decompress(17, written)).toEqual(raw);
    for (const other of [undefined, { ...dictionary, id: 8 }]) {
      expect(() => createDecompressors({ ...limits, dictionary: other }).decompress(17, written)).toThrow(
        expect.objectContaining({ code: 'CODEC_UNSUPPORTED', context: { dictionary: 9 } }),
      );
    }
  });

  it('ignore the configured dictionary for a value written without one', async () => {
    const dictionary = { id: 9, bytes: records(300) };
    const raw = records(200);
    const written = body(zlib.deflateRawSync(raw, { dictionary: dictionary.bytes }), raw.length);
    await failsWith('CODEC_DECOMPRESS', () => createDecompressors({ ...limits, dictionary }).decompress(1, written));
  });

  it.each([
    ['sync', 100_000],
    ['pooled', 400_000],
  ] as const)('let node:zlib go no further than what is declared (%s)', async (way, declared) => {
    const run = vi.spyOn(deflateRaw.decompress, way);
    const data = zlib.deflateRawSync(Buffer.alloc(MIB));
    await failsWith('CODEC_DECOMPRESS', () => createDecompressors(limits).decompress(1, body(data, declared)));
    expect(run.mock.calls.map(([, settings]) => settings)).toEqual([
      { info: true, maxOutputLength: declared, chunkSize: Math.min(declared, 256 * 1024) + 1 },
    ]);
    run.mockRestore();
  });

  it('report the size of damaged data and never its content', async () => {
    const raw = records(2000);
    const data = zlib.deflateRawSync(raw, { level: 0 });
    const cut = body(data.subarray(0, -100), raw.length);
    await failsWith('CODEC_DECOMPRESS', () => createDecompressors(limits).decompress(1, cut));
    expect(() => createDecompressors(limits).decompress(1, cut)).toThrow(
      expect.objectContaining({
        outcome: 'executed',
        context: { algorithm: 'deflate-raw', compressedBytes: data.length - 100, declaredBytes: raw.length },
      }),
    );
  });
});
