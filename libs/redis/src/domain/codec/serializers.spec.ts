import { describe, expect, it } from 'vitest';
import { findPacker } from '../../adapters/codec/msgpack.packer.js';
import { failureNow } from '../../../test/codec/support/errors-of.js';
import { ApplicationTypes } from './json/application-types.js';
import { SERIALIZER } from './envelope.js';
import { Serializers, type Packer } from './serializers.js';

const NONE = new ApplicationTypes();
const json = new Serializers(NONE, undefined, false);
const packer = findPacker(true, 'codec') as Packer;
const msgpack = new Serializers(NONE, packer, true);

/** There and back by MessagePack, if it was written so. */
function packed(value: unknown): unknown {
  const { serializer, bytes } = msgpack.write(value, false);
  expect(serializer).toBe(SERIALIZER.msgpack);
  return msgpack.read(serializer, bytes);
}

const packedBytes = (hex: string): Buffer => Buffer.from(hex, 'hex');

describe('choosing a serialiser', () => {
  it.each([
    [{ a: 1 }, false, 'json'],
    ['text', false, 'json'],
    [5, true, 'json'],
    [{ a: 1n }, true, 'jsonTable'],
    [undefined, false, 'jsonTable'],
    [Buffer.from('x'), false, 'bytes'],
    [Buffer.from('x'), true, 'bytes'],
    [Uint8Array.of(1), true, 'jsonTable'],
    ['text', true, 'utf8'],
    ['', true, 'utf8'],
    ['surrogate \ud800', true, 'json'],
  ] as const)('takes for %o (sealed: %s) %s', (value, sealed, name) => {
    const { serializer, bytes } = json.write(value, sealed);
    expect(serializer).toBe(SERIALIZER[name]);
    expect(json.read(serializer, bytes)).toStrictEqual(value);
  });

  it.each([
    [{ a: 1 }, 'msgpack'],
    ['text', 'msgpack'],
    [undefined, 'msgpack'],
    [1n, 'msgpack'],
    [5, 'json'],
    [NaN, 'jsonTable'],
    [Buffer.from('x'), 'bytes'],
    [['surrogate \ud800'], 'json'],
    [{ '\ud800': 1n }, 'jsonTable'],
    [{ toJSON: 'no function', constructor: 'no class' }, 'json'],
    [{ constructor: 'no class' }, 'msgpack'],
    [JSON.parse('{"__proto__":{"a":1}}'), 'json'],
  ] as const)('takes for %o, where MessagePack is preferred, %s', (value: unknown, name) => {
    const { serializer, bytes } = msgpack.write(value, false);
    expect(serializer).toBe(SERIALIZER[name]);
    expect(msgpack.read(serializer, bytes)).toStrictEqual(value);
  });
});

describe('MessagePack', () => {
  it.each([
    null,
    '',
    'ä'.repeat(40_000),
    [2 ** 31, 2 ** 32, 2 ** 53, -(2 ** 53), 2 ** 60, 0.1, -1, 127, 128, -32, -33, 5e-324],
    { '': 1, '0': 2, 'a b': [[], {}] },
    [new Map([[{ a: 1 }, new Set([1n, undefined])]]), new Date(5), -0, NaN, Buffer.from([1])],
    Array.from({ length: 70_000 }, (_, i) => i),
  ])('round-trips a value: %#', (value) => {
    expect(packed(value)).toStrictEqual(value);
  });

  it('omits undefined members, as JSON does', () => {
    expect(packed({ a: undefined, b: [{ c: undefined }] })).toStrictEqual({ b: [{}] });
  });

  it('encodes each value independently of the previous one', () => {
    const written = [
      { a: 1, b: 2 },
      { a: 3, b: 4 },
    ].map((value) => msgpack.write(value, false).bytes);
    const reader = new Serializers(NONE, packer, true);
    expect(reader.read(SERIALIZER.msgpack, written[1] as Buffer)).toEqual({ a: 3, b: 4 });
  });

  it.each([
    ['nothing', ''],
    ['no pair', 'c0'],
    ['a pair of one', '91c0'],
    ['three', '93c090c0'],
    ['a table that is none', '92c0c0'],
    ['what is cut off', '92da00ff61'],
    ['something behind the end', '92c09000'],
    ['a list longer than its bytes', '92ddffffffff90'],
    ['a map longer than its bytes', '92dfffffffff90'],
    ['bytes longer than its bytes', '92c6ffffffff90'],
    ['an extension longer than its bytes', '92c9ffffffff0190'],
    ['a record that is not defined', '92d47200d4720090'],
    ['nothing but lists in lists', '91'.repeat(100_000)],
    ['lists that declare thirty million items each', 'dd01ffffff'.repeat(1000)],
  ])('is refused if the bytes are %s', (_, hex) => {
    expect(failureNow(() => msgpack.read(SERIALIZER.msgpack, packedBytes(hex))).code).toBe('CODEC_DESERIALIZE');
  });

  it('shares no memory with the stored bytes', () => {
    const bytes = packedBytes('92c40301020390');
    const value = msgpack.read(SERIALIZER.msgpack, bytes) as Buffer;
    bytes.fill(0);
    expect([...value]).toEqual([1, 2, 3]);
  });

  it('names the missing package if msgpackr is not installed', () => {
    const error = failureNow(() => json.read(SERIALIZER.msgpack, packedBytes('92c090')));
    expect(error).toMatchObject({ code: 'CODEC_UNSUPPORTED', outcome: 'executed' });
    expect(error.message).toContain('msgpackr');
  });

  it('does not pass on the error of msgpackr', () => {
    const throwing: Packer = {
      pack: () => {
        throw new RangeError('c4n4ry');
      },
      unpack: () => {
        throw new RangeError('c4n4ry');
      },
    };
    const broken = new Serializers(NONE, throwing, true);
    const errors = [
      failureNow(() => broken.write(['c4n4ry'], false)),
      failureNow(() => broken.read(SERIALIZER.msgpack, packedBytes('92c090'))),
    ];
    expect(errors.map(({ code }) => code)).toEqual(['CODEC_TOO_LARGE', 'CODEC_DESERIALIZE']);
    for (const error of errors) expect(`${error.stack}${String(error.cause)}`).not.toContain('c4n4ry');
  });
});

describe('a value with a getter that throws on its second read', () => {
  const reading = (times: number): object => {
    let reads = 0;
    return Object.defineProperty({}, 'a', {
      enumerable: true,
      get: () => {
        if (++reads > times) throw new TypeError('secret');
        return { b: 1 };
      },
    });
  };

  it.each([
    ['JSON', json, 1],
    ['MessagePack, when it is looked through', msgpack, 1],
    ['MessagePack, when it is packed', msgpack, 2],
  ] as const)('cannot be written as %s, and what it throws is not passed on', (_, serializers, times) => {
    const error = failureNow(() => serializers.write(reading(times), false));
    expect(error.code).toBe('CODEC_SERIALIZE');
    expect(`${error.message} ${error.stack} ${String(error.cause)}`).not.toContain('secret');
  });
});

describe('a value above the size limit', () => {
  it.each([
    ['JSON', new Serializers(NONE, undefined, false, 1000)],
    ['MessagePack', new Serializers(NONE, packer, true, 1000)],
  ])('is refused before serialisation as %s', (_, serializers) => {
    const error = failureNow(() => serializers.write({ a: 'x'.repeat(5000) }, false));
    expect(error.code).toBe('CODEC_TOO_LARGE');
  });
});
