import { envelopeBytes } from '../support/envelope-bytes.js';
import { Money, MONEY } from '../support/money.js';
import { notationOf } from '../support/value-notation.js';
import type { GoldenVector } from './golden-vector.js';
import { given, written } from './writing.js';

const MIXED = { list: [1, 'ä', new Date(1_700_000_000_000), undefined], by: new Map([['a', new Set([1n])]]), nan: NaN };

/** Bytes without an envelope. */
export async function bareVectors(): Promise<GoldenVector[]> {
  const foreign: [string, string | readonly number[], unknown][] = [
    ['JSON with spaces around it', ' {"a": [1, null]}\n', { a: [1, null] }],
    ['a text that is no JSON', 'plain text', 'plain text'],
    ['no bytes at all', '', ''],
    ['an integer beyond 2^53', '9007199254740993', 9_007_199_254_740_993n],
    ['a negative integer beyond 2^53, and a line feed', '-9007199254740993\n', -9_007_199_254_740_993n],
    ['minus zero', '-0', -0],
    ['a number beyond all numbers', '1e400', Infinity],
    ['a byte order mark before JSON', [0xef, 0xbb, 0xbf, 0x31], '\uFEFF1'],
    ['a byte of zero', [0], '\u0000'],
    ['JSON that is cut off', '{"a":', '{"a":'],
    ['what is no UTF-8', [0xff, 0x00, 0xc1], Buffer.from([0xff, 0x00, 0xc1])],
  ];
  return [
    await written({ title: 'an object', value: { a: [1, 'ä', null, true], b: { c: -1.5 } } }),
    await written({ title: 'a text', value: 'text' }),
    await written({ title: 'a number', value: 42 }),
    ...foreign.map(([title, bytes, value]) =>
      given({ title, bytes: Buffer.from(bytes as string), value: notationOf(value) }),
    ),
  ];
}

/** One of every serialiser, neither compressed nor sealed. */
export async function serialiserVectors(): Promise<GoldenVector[]> {
  const meta = { schema: 1 };
  return [
    await written({ title: 'bytes', value: Buffer.from([0, 1, 0xc1, 0x52, 255]) }),
    await written({ title: 'no bytes', value: Buffer.alloc(0) }),
    given({ title: 'utf8', bytes: envelopeBytes({ serializer: 1, body: 'ä "text"' }), value: 'ä "text"' }),
    await written({ title: 'json, in an envelope for the sake of its meta', value: { a: 1 }, meta }),
    await written({ title: 'json with a table', value: MIXED }),
    await written({ title: 'msgpack', value: MIXED, with: { serializer: 'msgpack' } }),
    await written({ title: 'msgpack without a table', value: { a: [1, 'x'] }, with: { serializer: 'msgpack' } }),
    given({
      title: 'msgpack of another writer, with a member that is undefined',
      bytes: envelopeBytes({ serializer: 4, body: Buffer.from('9282a161d40000a1620190', 'hex') }),
      value: notationOf({ a: undefined, b: 1 }),
    }),
  ];
}

/** One of every kind that a table names, and more where a kind has more than one form. */
export async function kindVectors(): Promise<GoldenVector[]> {
  const values: [string, unknown][] = [
    ['undefined', undefined],
    ['number', [NaN, Infinity, -Infinity, -0]],
    ['bigint', [0n, -1n, 2n ** 100n]],
    ['date', [new Date(0), new Date(-8.64e15), new Date(NaN)]],
    [
      'map',
      new Map<unknown, unknown>([
        [new Date(1), { a: 1n }],
        [[1], new Map()],
      ]),
    ],
    ['ranges of items', [{ at: new Date(0), n: [1n, 2n] }, { at: new Date(1), n: [3n, 4n] }, new Date(2)]],
    ['set', new Set<unknown>([1, 'a', new Set([2n])])],
    ['regexp', /a\/b(?<n>\d)/giu],
    ['url', new URL('https://user@example.com:8080/ä?q=1#f')],
    ['buffer', [Buffer.from([0, 128, 255]), Buffer.alloc(0)]],
    ['arraybuffer', Uint8Array.of(1, 2, 3).buffer],
    ['int8array', Int8Array.of(-128, 127)],
    ['uint8array', Uint8Array.of(0, 255)],
    ['uint8clampedarray', Uint8ClampedArray.of(0, 255)],
    ['int16array', Int16Array.of(-32768, 32767)],
    ['uint16array', Uint16Array.of(0, 65535)],
    ['int32array', Int32Array.of(-(2 ** 31), 2 ** 31 - 1)],
    ['uint32array', Uint32Array.of(0, 2 ** 32 - 1)],
    ['float32array', Float32Array.of(1.5, -0)],
    ['float64array', Float64Array.of(0.1, -Infinity)],
    ['bigint64array', BigInt64Array.of(-(2n ** 63n))],
    ['biguint64array', BigUint64Array.of(2n ** 64n - 1n)],
    ['error', Object.assign(new TypeError('said', { cause: new Date(1) }), { code: 'E_CODE' })],
    ['error with errors', new AggregateError([new RangeError('one'), 2n], 'all')],
    ['error with a name of its own', Object.assign(new Error('m'), { name: 'OddError' })],
  ];
  const ownProto = JSON.parse('{"__proto__":{"a":1}}') as object;
  const money = { price: new Money(1999n, 'EUR') };
  return [
    ...(await Promise.all(values.map(([title, value]) => written({ title, value })))),
    await written({
      title: 'app:money',
      value: money,
      with: { types: [MONEY] },
      reader: { money: true },
    }),
    await written({ title: 'a member called __proto__', value: Object.assign(ownProto, { at: new Date(1) }) }),
  ];
}
