import { inspect } from 'node:util';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { failureNow } from '../../../../test/codec/support/errors-of.js';
import { ApplicationTypes } from './application-types.js';
import { readRichJson, writeJson } from './json-text.js';
import { kindNamed, kindOf } from './rich-kinds.js';

const NONE = new ApplicationTypes();

/** There and back as JSON with a table. */
function roundTrip(value: unknown): unknown {
  const { text, rich } = writeJson(value, NONE);
  return rich ? readRichJson(text, NONE) : JSON.parse(text);
}

/** Decodes a representation that no encoder writes. */
const read = (kind: string, json: unknown): unknown => readRichJson(JSON.stringify([json, [[kind]]]), NONE);
const refusal = (kind: string, json: unknown): string => failureNow(() => read(kind, json)).code;

const RICH: readonly (readonly [kind: string, value: unknown])[] = [
  ['undefined', undefined],
  ['number', Number.NaN],
  ['number', Infinity],
  ['number', -Infinity],
  ['number', -0],
  ['bigint', 0n],
  ['bigint', -(2n ** 200n)],
  ['date', new Date(0)],
  ['date', new Date(-8.64e15)],
  ['date', new Date(Number.NaN)],
  ['map', new Map()],
  [
    'map',
    new Map<unknown, unknown>([
      ['a', 1],
      [{ b: 2 }, new Map([[NaN, null]])],
    ]),
  ],
  ['set', new Set()],
  ['set', new Set<unknown>([1, 'a', undefined, new Date(1), new Set([2n])])],
  ['regexp', /a\/(?<name>[\u{1F600}])/giu],
  ['url', new URL('https://user:pass@example.com:8080/ä?q=1#f')],
  ['buffer', Buffer.from([0, 255, 128])],
  ['buffer', Buffer.alloc(0)],
  ['arraybuffer', Uint8Array.of(1, 2, 3).buffer],
  ['int8array', Int8Array.of(-128, 127)],
  ['uint8array', Uint8Array.of(0, 255)],
  ['uint8clampedarray', Uint8ClampedArray.of(0, 255)],
  ['int16array', Int16Array.of(-32768, 32767)],
  ['uint16array', Uint16Array.of(0, 65535)],
  ['int32array', Int32Array.of(-(2 ** 31), 2 ** 31 - 1)],
  ['uint32array', Uint32Array.of(0, 2 ** 32 - 1)],
  ['float32array', Float32Array.of(1.5, NaN, -0)],
  ['float64array', Float64Array.of(0.1, -Infinity)],
  ['bigint64array', BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n)],
  ['biguint64array', BigUint64Array.of(0n, 2n ** 64n - 1n)],
];

describe('a rich value', () => {
  it.each(RICH.map(([kind, value]) => ({ kind, shown: inspect(value), value })))(
    'comes back as it was: $kind $shown',
    ({ kind, value }) => {
      expect(roundTrip(value)).toStrictEqual(value);
      expect(roundTrip([{ a: [1, value] }, value])).toStrictEqual([{ a: [1, value] }, value]);
      expect((JSON.parse(writeJson(value, NONE).text) as [unknown, unknown[]])[1].at(-1)).toEqual([kind]);
      expect(kindNamed(kind)?.name).toBe(kind);
    },
  );

  it('is recognised by its internal type and not by its constructor, so values of another realm round-trip', () => {
    const other = runInNewContext('[new Date(5), new Map([[1, new Set([2])]]), /x/g, new Uint8Array([1])]') as unknown;
    expect(roundTrip(other)).toEqual([new Date(5), new Map([[1, new Set([2])]]), /x/g, Uint8Array.of(1)]);
  });

  it('decodes to the base class if it was a subclass', () => {
    class Day extends Date {}
    class Lookup extends Map {}
    expect(Object.getPrototypeOf(roundTrip(new Day(1)))).toBe(Date.prototype);
    expect(Object.getPrototypeOf(roundTrip(new Lookup()))).toBe(Map.prototype);
  });

  it('shares no memory, and contains only the visible part of a view', () => {
    const memory = Uint8Array.from({ length: 100 }, (_, i) => i);
    const view = memory.subarray(10, 12);
    const back = roundTrip(view) as Uint8Array;
    expect([...back]).toEqual([10, 11]);
    expect(back.buffer.byteLength).toBe(2);
    expect((roundTrip(Buffer.from('ab')) as Buffer).buffer.byteLength).toBe(2);
    expect(roundTrip(new Uint16Array(memory.buffer, 2, 1))).toEqual(Uint16Array.of(0x0302));
  });

  it('is not a value that JSON can represent', () => {
    for (const plain of [{}, [], null, Object.create(null) as object]) expect(kindOf(Object(plain))).toBeUndefined();
  });
});

describe('a stored error', () => {
  it.each([Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError])(
    'comes back with its class, message, code and cause: %o',
    (constructor) => {
      const error = Object.assign(new constructor('said', { cause: new Date(1) }), { code: 'E_CODE' });
      const back = roundTrip(error) as Error;
      expect(back).toBeInstanceOf(constructor);
      expect(back).toMatchObject({ name: error.name, message: 'said', cause: new Date(1), code: 'E_CODE' });
      expect(Object.keys(back)).toEqual(['code']);
    },
  );

  it('keeps a custom name as a non-enumerable property', () => {
    class OddError extends Error {
      override name = 'OddError';
    }
    const back = roundTrip(new OddError('m')) as Error;
    expect([back.name, back.message, Object.keys(back)]).toEqual(['OddError', 'm', []]);
    expect(Object.getPrototypeOf(back)).toBe(Error.prototype);
  });

  it('keeps the errors of an AggregateError, and causes of any kind', () => {
    const error = new AggregateError([new RangeError('one'), 2n], 'all', { cause: null });
    const back = roundTrip(error) as AggregateError;
    expect(back).toBeInstanceOf(AggregateError);
    expect(back.errors).toEqual([new RangeError('one'), 2n]);
    expect(back.cause).toBeNull();
    expect('cause' in (roundTrip(new Error('none')) as Error)).toBe(false);
  });

  it('may be a DOMException, such as the reason of an AbortSignal', () => {
    expect(roundTrip(AbortSignal.abort().reason)).toMatchObject({ name: 'AbortError', code: 20 });
  });

  it('omits the stack', () => {
    const error = new Error('m');
    error.stack = 'at secret-machine';
    expect(writeJson(error, NONE).text).not.toContain('secret-machine');
  });

  it('is readable with a name and message of any type', () => {
    const error = Object.assign(new Error('m'), { name: 5, message: undefined });
    expect(roundTrip(error)).toMatchObject({ name: '5', message: 'undefined' });
  });
});

describe('an invalid representation', () => {
  it.each<[string, unknown[]]>([
    ['number', ['1', 'nan', '', 'constructor', '__proto__', 'toString', 1, null, {}]],
    ['bigint', ['', '-', '1n', '0x1', ' 1', '1.0', 1, null, '9'.repeat(100_001)]],
    ['date', ['2020', true, {}, []]],
    ['map', [{}, [1], [['a']], [[1, 2, 3]], ['ab'], 'text', null]],
    ['set', [{}, 'ab', null, { length: 1 }]],
    ['regexp', [[], ['a'], ['(', ''], ['a', 'gg'], ['a', 1], '/a/', null]],
    ['url', ['', 'no url', 1, null]],
    ['buffer', [1, null, [1], { type: 'Buffer', data: [1] }]],
    ['arraybuffer', [1, null, []]],
    ['int16array', ['AA==', 1, null]],
    ['biguint64array', ['AAAAAA==', [], null]],
    ['error', [null, 'text', [], {}, { name: 'Error' }, { message: 'm' }, { name: 1, message: 'm' }]],
  ])('is refused: %s', (kind, representations) => {
    for (const json of representations) expect([json, refusal(kind, json)]).toEqual([json, 'CODEC_DESERIALIZE']);
  });

  it('is not part of the message', () => {
    for (const [kind] of RICH) {
      if (kind === 'undefined') continue;
      const error = failureNow(() => read(kind, { c4n4ry: ['c4n4ry'] }));
      expect(inspect(error, { depth: Infinity })).not.toContain('c4n4ry');
    }
  });

  it('of an unknown kind is CODEC_UNSUPPORTED', () => {
    for (const kind of ['temporal', 'constructor', '__proto__', '', 'app:', 'app:money', 'Date']) {
      expect([kind, refusal(kind, null)]).toEqual([kind, 'CODEC_UNSUPPORTED']);
    }
  });
});
