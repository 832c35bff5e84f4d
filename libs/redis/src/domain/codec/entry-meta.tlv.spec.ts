import { describe, expect, it } from 'vitest';
import { metaItem } from '../../../test/codec/support/envelope-bytes.js';
import { failureNow } from '../../../test/codec/support/errors-of.js';
import { MAX_TAGS, readMeta, writeMeta } from './entry-meta.tlv.js';
import type { EntryMeta } from '../value-codec.js';

const tag = (n: number): string => n.toString(16).padStart(16, '0');
const FULL: EntryMeta = {
  created: 1_700_000_000_000,
  freshUntil: 1_700_000_060_000,
  expires: 1_700_000_120_000,
  loadMs: 250,
  schema: 3,
  clock: 77,
  tags: [tag(1), 'ffffffffffffffff'],
};

describe('the meta block', () => {
  it('contains type, length and value of each member, in the order of the types', () => {
    expect(writeMeta(FULL).toString('hex')).toBe(
      [
        '0106018bcfe56800',
        '0206018bcfe65260',
        '0306018bcfe73cc0',
        '0404000000fa',
        '05020003',
        '060600000000004d',
        '07100000000000000001ffffffffffffffff',
      ].join(''),
    );
  });

  it('decodes to the meta that was written, with all members or with one', () => {
    expect(readMeta(writeMeta(FULL))).toEqual(FULL);
    for (const [name, value] of Object.entries(FULL)) {
      expect(readMeta(writeMeta({ [name]: value }))).toEqual({ [name]: value });
    }
  });

  it('is empty without members, and decodes to no meta', () => {
    expect(writeMeta({})).toHaveLength(0);
    expect(writeMeta({ created: undefined, tags: [] })).toHaveLength(0);
    expect(readMeta(Buffer.alloc(0))).toBeUndefined();
  });

  it('accepts the maximum of each number and refuses the next one', () => {
    const most = {
      created: 2 ** 48,
      freshUntil: 2 ** 48,
      expires: 2 ** 48,
      loadMs: 2 ** 32,
      schema: 2 ** 16,
      clock: 2 ** 48,
    };
    for (const [name, limit] of Object.entries(most)) {
      for (const fits of [0, limit - 1]) expect(readMeta(writeMeta({ [name]: fits }))).toEqual({ [name]: fits });
      for (const wrong of [limit, -1, 0.5, NaN, Infinity, '1', null]) {
        const error = failureNow(() => writeMeta({ [name]: wrong }));
        expect(error).toMatchObject({ code: 'VALUE_INVALID', context: { name } });
      }
    }
  });

  it('accepts up to 24 tags of 16 lower-case hex digits and never exceeds 255 bytes', () => {
    const tags = Array.from({ length: MAX_TAGS }, (_, i) => tag(i));
    const block = writeMeta({ ...FULL, tags });
    expect(block.length).toBeLessThan(256);
    expect(readMeta(block)?.tags).toEqual(tags);
    for (const wrong of [[...tags, tag(24)], ['abc'], [tag(1).toUpperCase().replace('1', 'A')], [`${tag(1)}0`], ['']]) {
      expect(failureNow(() => writeMeta({ tags: wrong }))).toMatchObject({
        code: 'VALUE_INVALID',
        context: { name: 'tags' },
      });
    }
  });
});

describe('reading a meta block of another version', () => {
  const refusal = (...items: Buffer[]): string => failureNow(() => readMeta(Buffer.concat(items))).code;

  it('skips unknown types below 128', () => {
    const block = Buffer.concat([metaItem(0, ''), metaItem(8, 'aabb'), metaItem(5, '0007'), metaItem(127, 'ff')]);
    expect(readMeta(block)).toEqual({ schema: 7 });
    expect(readMeta(metaItem(99, ''))).toEqual({});
  });

  it.each([128, 200, 255])('refuses the critical type %i, naming it', (type) => {
    const error = failureNow(() => readMeta(metaItem(type, '00')));
    expect(error).toMatchObject({ code: 'CODEC_UNSUPPORTED', outcome: 'executed', context: { metaType: type } });
  });

  it('refuses a duplicate type, known or unknown', () => {
    expect(refusal(metaItem(5, '0001'), metaItem(5, '0001'))).toBe('CODEC_MALFORMED');
    expect(refusal(metaItem(99, ''), metaItem(5, '0001'), metaItem(99, ''))).toBe('CODEC_MALFORMED');
  });

  it('refuses wrong lengths of known types', () => {
    for (const [type, length] of [
      [1, 6],
      [2, 6],
      [3, 6],
      [4, 4],
      [5, 2],
      [6, 6],
    ] as const) {
      for (const wrong of [0, length - 1, length + 1]) {
        expect(refusal(metaItem(type, '00'.repeat(wrong)))).toBe('CODEC_MALFORMED');
      }
    }
    for (const wrong of [0, 1, 7, 9, 25 * 8]) expect(refusal(metaItem(7, '00'.repeat(wrong)))).toBe('CODEC_MALFORMED');
  });

  it('refuses a block that ends within an entry', () => {
    const block = writeMeta(FULL);
    const ends = [0, 8, 16, 24, 30, 34, 42, block.length];
    for (const [i, end] of ends.slice(1).entries()) {
      for (let length = end - 1; length > (ends[i] as number); length--) {
        expect([length, refusal(block.subarray(0, length))]).toEqual([length, 'CODEC_MALFORMED']);
      }
    }
    expect(refusal(metaItem(99, 'aa', 2))).toBe('CODEC_MALFORMED');
    expect(refusal(metaItem(99, '', 255))).toBe('CODEC_MALFORMED');
  });
});
