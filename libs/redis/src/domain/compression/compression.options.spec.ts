import { describe, expect, it } from 'vitest';
import { brotli } from './brotli.algorithm.js';
import { COMPRESSION_OPTIONS, resolveCompressionOptions, type CompressionOptions } from './compression.options.js';
import { deflateRaw } from './deflate-raw.algorithm.js';

const bytes = Buffer.from('{"id":1,"name":""}');

describe('compression options', () => {
  it.each([undefined, false])('are off with %s', (given) => {
    expect(resolveCompressionOptions(given)).toBeUndefined();
  });

  it.each([true, {}, { algorithm: undefined, level: undefined, dictionary: undefined }])('default with %j', (given) => {
    const resolved = resolveCompressionOptions(given);
    expect(resolved).toEqual({
      algorithm: deflateRaw,
      level: 1,
      minBytes: 2048,
      maxRatio: 0.9,
      dictionary: undefined,
    });
    expect(Object.isFrozen(resolved)).toBe(true);
    expect(Object.keys(resolved ?? {})).toEqual(COMPRESSION_OPTIONS);
  });

  it('resolve to the values that are set', () => {
    const options: CompressionOptions = { algorithm: 'brotli', level: 0, minBytes: 0, maxRatio: 1 };
    expect(resolveCompressionOptions(options)).toEqual({ ...options, algorithm: brotli, dictionary: undefined });
    expect(resolveCompressionOptions({ algorithm: 'brotli' })?.level).toBe(4);
  });

  it('default to a small minBytes with a dictionary, unless minBytes is set', () => {
    const dictionary = { id: 65_535, bytes };
    expect(resolveCompressionOptions({ dictionary })?.minBytes).toBe(64);
    expect(resolveCompressionOptions({ dictionary, minBytes: 500 })?.minBytes).toBe(500);
  });

  it('copy the dictionary', () => {
    const given = Uint8Array.from(bytes);
    const resolved = resolveCompressionOptions({ dictionary: { id: 1, bytes: given } });
    given.fill(0);
    expect(resolved?.dictionary).toEqual({ id: 1, bytes });
  });

  it.each<[string, unknown, RegExp]>([
    ['', null, /object/],
    ['', 'deflate-raw', /object/],
    ['', 1, /object/],
    ['.quality', { quality: 4 }, /not an option/],
    ['.algorithm', { algorithm: 'gzip' }, /deflate-raw, brotli, zstd/],
    ['.level', { level: 0 }, /from 1 to 9/],
    ['.level', { level: 10 }, /from 1 to 9/],
    ['.level', { level: 1.5 }, /whole number/],
    ['.level', { level: '1' }, /whole number/],
    ['.level', { algorithm: 'brotli', level: 12 }, /from 0 to 11/],
    ['.minBytes', { minBytes: -1 }, /whole number/],
    ['.minBytes', { minBytes: Infinity }, /whole number/],
    ['.maxRatio', { maxRatio: 0 }, /above 0/],
    ['.maxRatio', { maxRatio: 1.1 }, /at most 1/],
    ['.maxRatio', { maxRatio: Number.NaN }, /number/],
    ['.maxRatio', { maxRatio: '0.9' }, /number/],
    ['.dictionary', { dictionary: bytes.toString() }, /object/],
    ['.dictionary', { dictionary: null }, /null/],
    ['.dictionary', { algorithm: 'brotli', dictionary: { id: 1, bytes } }, /brotli supports no dictionary/],
    ['.dictionary.name', { dictionary: { id: 1, bytes, name: 'x' } }, /not an option/],
    ['.dictionary.id', { dictionary: { bytes } }, /from 1 to 65535/],
    ['.dictionary.id', { dictionary: { id: 0, bytes } }, /from 1 to 65535/],
    ['.dictionary.id', { dictionary: { id: 65_536, bytes } }, /from 1 to 65535/],
    ['.dictionary.bytes', { dictionary: { id: 1 } }, /Uint8Array/],
    ['.dictionary.bytes', { dictionary: { id: 1, bytes: 'text text' } }, /Uint8Array/],
    ['.dictionary.bytes', { dictionary: { id: 1, bytes: Buffer.alloc(7) } }, /8 to 32768/],
    ['.dictionary.bytes', { dictionary: { id: 1, bytes: Buffer.alloc(32_769) } }, /8 to 32768/],
  ])('are refused with the path codec.compression%s: %j', (member, given, why) => {
    const resolve = (): unknown => resolveCompressionOptions(given as CompressionOptions);
    const path = `codec.compression${member}`;
    expect(resolve).toThrow(expect.objectContaining({ code: 'OPTION_INVALID', context: { path } }));
    expect(resolve).toThrow(why);
  });

  it('are refused with the path of the caller', () => {
    expect(() => resolveCompressionOptions({ level: 99 }, 'a.b')).toThrow(
      expect.objectContaining({ context: { path: 'a.b.level' } }),
    );
  });
});
