import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ERROR_CODES } from '../../src/common/error-codes.js';
import { codecOf, type GoldenVector } from './golden-source/golden-vector.js';
import { failureOf } from './support/errors-of.js';
import { HAS_ZSTD, HAS_ZSTD_DICTIONARY } from './support/node-zstd.js';
import { notationOf } from './support/value-notation.js';

const FOLDER = new URL('golden/', import.meta.url);
const FILES = readdirSync(FOLDER);
const vectorsOf = (file: string): GoldenVector[] =>
  JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as GoldenVector[];
const ALL = FILES.flatMap(vectorsOf);

const bytesOf = ({ bytes }: GoldenVector): Buffer => Buffer.from(bytes, 'hex');
const isEnvelope = ({ bytes }: GoldenVector): boolean => bytes.startsWith('c152');

/** Zstandard cannot be read by every Node: there the code is what is to be expected. */
function expectedOf({ bytes, value, meta, error }: GoldenVector): Omit<GoldenVector, 'title' | 'key' | 'bytes'> {
  const compressor = isEnvelope({ bytes } as GoldenVector) && error === undefined ? bytes.slice(10, 12) : '00';
  const readable = compressor === '02' ? HAS_ZSTD : compressor !== '12' || HAS_ZSTD_DICTIONARY;
  return readable ? { value, meta, error } : { error: 'CODEC_UNSUPPORTED' };
}

async function outcomeOf(vector: GoldenVector): Promise<Omit<GoldenVector, 'title' | 'key' | 'bytes'>> {
  const codec = codecOf(vector.reader);
  const { key, field, error } = vector;
  if (expectedOf(vector).error === undefined) {
    const { value, meta } = await codec.decode(bytesOf(vector), { key, field });
    return { value: notationOf(value), meta, error };
  }
  return { error: (await failureOf(() => codec.decode(bytesOf(vector), { key, field }))).code };
}

describe.each(FILES)('the golden vectors of %s', (file) => {
  it.each(vectorsOf(file))('decode to the recorded value: $title', async (vector) => {
    const [outcome, expected] = [await outcomeOf(vector), expectedOf(vector)];
    expect(outcome).toEqual(expected);
    // To the letter, members called __proto__ included.
    expect(JSON.stringify(outcome.value)).toBe(JSON.stringify(expected.value));
  });

  it('have unique titles', () => {
    const titles = vectorsOf(file).map(({ title }) => title);
    expect(new Set(titles).size).toBe(titles.length);
    expect(titles.length).toBeGreaterThan(0);
  });
});

describe('the golden vectors', () => {
  const read = ALL.filter(({ error }) => error === undefined);
  /** The values that a byte of the header has in vectors that can be read. */
  const inHeader = (at: number): number[] =>
    [...new Set(read.filter(isEnvelope).map((vector) => bytesOf(vector)[at] as number))].sort((a, b) => a - b);

  it('cover every serialiser, compressor and suite, and every flag', () => {
    expect(inHeader(4)).toEqual([0, 1, 2, 3, 4]);
    expect(inHeader(5)).toEqual([0, 1, 2, 3, 17, 18]);
    expect(inHeader(6)).toEqual([0, 1]);
    expect(inHeader(3)).toEqual([0, 1, 2]);
    expect(read.filter((vector) => !isEnvelope(vector)).length).toBeGreaterThan(0);
  });

  it('cover every member of the meta, sealed and not', () => {
    for (const sealed of [false, true]) {
      const members = read
        .filter(({ bytes }) => (bytes.slice(12, 14) === '01') === sealed)
        .flatMap(({ meta = {} }) => Object.keys(meta));
      expect([...new Set(members)].sort((a, b) => a.localeCompare(b))).toEqual([
        'clock',
        'created',
        'expires',
        'freshUntil',
        'loadMs',
        'schema',
        'tags',
      ]);
    }
  });

  it('cover every error code of decoding', () => {
    const codes = Object.keys(ERROR_CODES).filter((code) => code.startsWith('CODEC_') && code !== 'CODEC_SERIALIZE');
    const refused = new Set(ALL.map(({ error }) => error));
    expect(codes.filter((code) => !refused.has(code))).toEqual([]);
  });
});
