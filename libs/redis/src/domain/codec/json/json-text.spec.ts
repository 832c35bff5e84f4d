import { describe, expect, it } from 'vitest';
import { failureNow } from '../../../../test/codec/support/errors-of.js';
import { ApplicationTypes } from './application-types.js';
import { readForeign, readJson, readRichJson, writeJson } from './json-text.js';

const NONE = new ApplicationTypes();

const foreign = (bytes: string | readonly number[]): unknown => readForeign(Buffer.from(bytes as string));

describe('writing JSON', () => {
  it.each([null, 'text', '', 0, 1.5, -3, true, [1, 'a', [null]], { a: { b: [] } }, '\u2028\u0000"\\', '\ud800'])(
    'is JSON.stringify for what JSON carries: %j',
    (value) => {
      expect(writeJson(value, NONE)).toEqual({ text: JSON.stringify(value), rich: false });
    },
  );

  it('omits undefined, symbol and inherited members', () => {
    const value: unknown = Object.assign(Object.create({ inherited: 1 }) as object, { a: undefined, [Symbol('s')]: 1 });
    expect(writeJson(value, NONE)).toEqual({ text: '{}', rich: false });
  });

  it('returns a pair of value and table for a rich value', () => {
    expect(writeJson({ at: new Date(1) }, NONE)).toEqual({ text: '[{"at":1},[["date","at"]]]', rich: true });
  });

  it('refuses JSON that exceeds the maximum string length', () => {
    const half = 'x'.repeat(2 ** 28);
    expect(failureNow(() => writeJson([half, half], NONE))).toMatchObject({
      code: 'CODEC_TOO_LARGE',
      outcome: 'not-sent',
    });
  });

  it('terminates for a value with exponentially many shared objects', () => {
    let value: unknown = {};
    for (let i = 0; i < 100; i++) value = [value, value];
    expect(failureNow(() => writeJson(value, NONE)).code).toBe('CODEC_TOO_LARGE');
  });
});

describe('reading JSON of this package', () => {
  it('returns the value', () => {
    expect(readJson('{"a":[1,null]}')).toEqual({ a: [1, null] });
  });

  it.each(['', '{', '{"a":}', "{'a':1}", '[1,]', 'NaN', 'undefined', '\uFEFF1', '1 2', 'c4n4ry'])(
    'refuses what is none, without showing it: %j',
    (text) => {
      const error = failureNow(() => readJson(text));
      expect(error).toMatchObject({ code: 'CODEC_DESERIALIZE', outcome: 'executed' });
      expect(error.cause).toBeUndefined();
      expect(error.message).toBe('the stored text is not JSON');
    },
  );
});

describe('reading JSON with a table', () => {
  it.each(['null', '{}', '[]', '[1]', '[1,[],2]', '"ab"', '[1,null]', '[1,{}]', '[1,"table"]'])(
    'refuses what is no pair of a value and a table: %s',
    (text) => {
      expect(failureNow(() => readRichJson(text, NONE)).code).toBe('CODEC_DESERIALIZE');
    },
  );

  it('gives the value', () => {
    expect(readRichJson('[["5"],[["bigint",0]]]', NONE)).toEqual([5n]);
  });
});

describe('reading values of other writers', () => {
  it.each([
    ['null', null],
    ['true', true],
    ['"text"', 'text'],
    [' [1, {"a": 2}]\n', [1, { a: 2 }]],
    ['0', 0],
    ['-1.5e3', -1500],
    ['9007199254740991', 9007199254740991],
    ['"9007199254740993"', '9007199254740993'],
  ])('reads JSON: %j', (text, value) => {
    expect(foreign(text)).toEqual(value);
  });

  it.each([
    'plain text',
    '',
    ' ',
    '{"a":1',
    '[1,2',
    '"open',
    "{'a':1}",
    '007',
    '+1',
    '.5',
    '0x10',
    'NaN',
    'Infinity',
    '-',
    'undefined',
    '\u0000',
    'a\u0000b',
    '\uFEFF{"a":1}',
    '\uFEFF',
    'ÿ \u{1F600}',
  ])('returns text that is not JSON: %j', (text) => {
    expect(foreign(text)).toBe(text);
  });

  it.each([
    ['9007199254740992', 9007199254740992n],
    ['-9007199254740993', -9007199254740993n],
    ['18446744073709551615', 18446744073709551615n],
    [' 9007199254740993\r\n', 9007199254740993n],
    [`1${'0'.repeat(400)}`, 10n ** 400n],
  ])('returns unsafe integers as bigints: %j', (text, value) => {
    expect(foreign(text)).toBe(value);
  });

  it('returns an integer of more than ten thousand digits as text', () => {
    const digits = '1'.repeat(10_000);
    expect(foreign(digits)).toBe(BigInt(digits));
    expect(foreign(`${digits}1`)).toBe(`${digits}1`);
  });

  it('reads other numbers like JavaScript', () => {
    expect(foreign('-0')).toBe(-0);
    expect(foreign('1e400')).toBe(Infinity);
    expect(foreign('9007199254740993.0')).toBe(9007199254740992);
    expect(foreign('1e20')).toBe(1e20);
    expect(foreign('[9007199254740993]')).toEqual([9007199254740992]);
  });

  it.each([
    [[0xff]],
    [[0xc1]],
    [[0xc1, 0x51, 0x01]],
    [[0x7b, 0x80]],
    [[0xc0, 0x80]],
    [[0xed, 0xa0, 0x80]],
    [[0xf0, 0x9f, 0x98]],
    [[0x22, 0xfe, 0x22]],
  ])('returns bytes that are not UTF-8: %j', (bytes) => {
    const input = Buffer.from(bytes);
    const value = readForeign(input) as Buffer;
    input.fill(0);
    expect(Buffer.isBuffer(value)).toBe(true);
    expect([...value]).toEqual(bytes);
  });

  it('returns text with a real replacement character as text', () => {
    expect(foreign('a\uFFFDb')).toBe('a\uFFFDb');
    expect(foreign('"\uFFFD"')).toBe('\uFFFD');
  });

  it('creates a member named __proto__ and sets no prototype', () => {
    const value = foreign('{"__proto__":{"polluted":true}}') as Record<string, unknown>;
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(value.polluted).toBeUndefined();
    expect(Object.keys(value)).toEqual(['__proto__']);
  });

  it('reads values deeper than this package writes', () => {
    const deep = foreign('['.repeat(200_000) + ']'.repeat(200_000));
    expect(Array.isArray(deep)).toBe(true);
    expect(typeof foreign('['.repeat(200_000))).toBe('string');
  });
});
