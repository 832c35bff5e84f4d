import { describe, expect, test } from 'vitest';
import { createCodec } from '../../src/adapters/codec/create-codec.js';
import { ERROR_CODES } from '../../src/common/error-codes.js';
import type { CodecOptions } from '../../src/domain/codec/codec.options.js';
import { kindNamed } from '../../src/domain/codec/json/rich-kinds.js';
import type { EntryMeta } from '../../src/domain/value-codec.js';
import { codeOf, headingsOf, sectionOf, tablesOf } from '../docs/markdown.js';
import { read } from '../docs/workspace.js';
import { readIndependently, type ReaderFacts } from './independent-reader.js';

const DOCUMENT = read('docs/envelope.md');
const SECRET = 'example secret, never to be used';
const DICTIONARY = Buffer.from('{"id":,"name":"","tags":["new","used"]}');
const ENCRYPTION = { keys: [{ id: '2026-01', secret: SECRET }], tenant: 'acme' };
const RECORDS = [1, 2, 3].map((count) => ({ name: 'apples', count }));

interface Example {
  readonly title: string;
  readonly value: unknown;
  readonly facts?: Partial<ReaderFacts>;
  readonly codec?: CodecOptions;
  readonly meta?: EntryMeta;
}

const SEALED = { secret: SECRET, tenant: 'acme' };
const EXAMPLES: readonly Example[] = [
  { title: 'Bare', value: { city: 'Zürich', km: 0.7 } },
  {
    title: 'With a table',
    value: { paid: new Date(Date.UTC(2026, 0, 1)), by: new Map([['a', new Set([1n, 2n])]]) },
  },
  { title: 'As MessagePack', value: { paid: new Date(Date.UTC(2026, 0, 1)), total: 42.5 } },
  { title: 'Compressed', value: RECORDS },
  {
    title: 'Compressed with a dictionary',
    value: { id: 1, name: 'cup', tags: ['new', 'used'] },
    facts: { dictionary: DICTIONARY },
    codec: { compression: { dictionary: { id: 7, bytes: DICTIONARY } } },
  },
  {
    title: 'Sealed',
    value: { total: 42.5 },
    facts: { ...SEALED, key: 'shop:basket:7' },
    codec: { encryption: ENCRYPTION },
  },
  {
    title: 'Sealed in a hash',
    value: 'twelve',
    facts: { ...SEALED, key: 'shop:basket:7', field: 'note' },
    codec: { encryption: ENCRYPTION },
  },
  {
    title: 'Sealed, compressed, padded, with meta',
    value: RECORDS,
    facts: { ...SEALED, key: 'shop:basket:8' },
    codec: { encryption: { ...ENCRYPTION, bindExpiry: true } },
    meta: { created: 1767225600000, expires: 4102444800000, tags: ['0123456789abcdef', 'fedcba9876543210'] },
  },
];

/** The block of bytes under an example's heading. */
function bytesUnder(title: string): Buffer {
  const [, block = ''] = /^```hex\n(.*?)^```$/ms.exec(sectionOf(DOCUMENT, title) ?? '') ?? [];
  return Buffer.from(block.replaceAll(/\s/g, ''), 'hex');
}

/** The first cells of the table under a heading, of those that are code and nothing else. */
function codesUnder(title: string): string[] {
  const [rows = []] = tablesOf(sectionOf(DOCUMENT, title) ?? '');
  return rows.map((row) => codeOf(Object.values(row)[0] ?? '')).filter((code) => code !== undefined);
}

describe('the examples of docs/envelope.md', () => {
  test('are all tested', () => {
    const examples = headingsOf(sectionOf(DOCUMENT, 'Examples') ?? '', 3);
    expect(examples).toEqual(EXAMPLES.map(({ title }) => title));
  });

  test.each(EXAMPLES)('decode as documented: $title', async ({ title, value, facts, codec, meta }) => {
    const at = { key: facts?.key ?? 'any', field: facts?.field };
    const decoded = await createCodec(codec).decode(bytesUnder(title), at);
    expect(decoded).toEqual({ value, meta, outdated: false });
  });

  test.each(EXAMPLES)(
    'are read the same by a reader made from the document alone: $title',
    ({ title, value, facts }) => {
      expect(readIndependently(bytesUnder(title), { key: 'any', ...facts }).value).toEqual(value);
    },
  );

  test.each(EXAMPLES.filter(({ title }) => !title.startsWith('Sealed')))(
    'are the bytes that the package writes: $title',
    async ({ title, value }) => {
      const compression = title.startsWith('Compressed') && { minBytes: 0, maxRatio: 1 };
      const dictionary = title.endsWith('dictionary') ? { id: 7, bytes: DICTIONARY } : undefined;
      const codec = createCodec({
        serializer: title === 'As MessagePack' ? 'msgpack' : 'json',
        compression: compression && { ...compression, dictionary },
      });
      expect((await codec.encode(value, { key: 'any' })).toString('hex')).toBe(bytesUnder(title).toString('hex'));
    },
  );

  test('state the keys and the associated data of the sealed one', () => {
    const { derived } = readIndependently(bytesUnder('Sealed'), { ...SEALED, key: 'shop:basket:7' });
    const [stated = []] = tablesOf(sectionOf(DOCUMENT, 'Sealed') ?? '');
    expect(stated.map(({ bytes }) => codeOf(bytes ?? ''))).toEqual(
      [derived?.valueKey, derived?.subkey, derived?.associated].map((bytes) => bytes?.toString('hex')),
    );
  });

  test('contain the meta at the documented offset', () => {
    const title = 'Sealed, compressed, padded, with meta';
    const { meta } = readIndependently(bytesUnder(title), { ...SEALED, key: 'shop:basket:8' });
    expect([...meta.keys()]).toEqual([1, 3, 7]);
    expect(meta.get(3)?.readUIntBE(0, 6)).toBe(4102444800000);
  });

  test.each(EXAMPLES.filter(({ title }) => title.startsWith('Sealed')))(
    'do not open elsewhere: $title',
    async ({ title, facts, codec }) => {
      const at = { key: `${facts?.key}0`, field: facts?.field };
      await expect((async () => createCodec(codec).decode(bytesUnder(title), at))()).rejects.toMatchObject({
        code: 'CODEC_TAMPERED',
      });
    },
  );
});

describe('docs/envelope.md', () => {
  test('lists exactly the kinds of the side table', () => {
    const listed = codesUnder('The table').filter((name) => !name.startsWith('app:'));
    const known = [...read('libs/redis/src/domain/codec/json/rich-kinds.ts').matchAll(/kind\(\s*'(\w+)'/g)].map(
      ([, name]) => name as string,
    );
    expect(listed.filter((name) => kindNamed(name) === undefined)).toEqual([]);
    expect(known.filter((name) => !listed.includes(name))).toEqual([]);
    const arrays = listed.filter((name) => /^(u?int|float|big(u?)int)\d+(clamped)?array$/.test(name));
    expect(arrays).toHaveLength(11);
    expect(listed).toHaveLength(known.length + arrays.length);
  });

  test('names every error code of decoding', () => {
    const section = sectionOf(DOCUMENT, 'What a reader refuses') ?? '';
    const codes = [...section.matchAll(/^- \*\*`(\w+)`\*\*/gm)].map(([, code]) => code as string);
    const others = ['CODEC_SERIALIZE', 'CODEC_KEY_PROVIDER'];
    const all = Object.keys(ERROR_CODES).filter((code) => code.startsWith('CODEC_') && !others.includes(code));
    expect(codes.sort()).toEqual(all.sort());
  });
});
