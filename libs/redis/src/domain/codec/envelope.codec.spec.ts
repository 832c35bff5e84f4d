import { describe, expect, it } from 'vitest';
import { codecWith } from '../../../test/codec/support/codec-with.js';
import { envelopeBytes, richBytes } from '../../../test/codec/support/envelope-bytes.js';
import { codeOf, failureNow, failureOf, now } from '../../../test/codec/support/errors-of.js';
import { watchPrototypes } from '../../../test/codec/support/prototypes.js';
import type { CodecOptions } from './codec.options.js';
import type { EntryMeta } from '../value-codec.js';

const AT = { key: 'app:k' };
const META: EntryMeta = { created: 1, freshUntil: 2, expires: 3, loadMs: 4, schema: 5, clock: 6 };
const RECORDS = Array.from({ length: 200 }, (_, id) => ({ id, name: `name ${id}`, tags: ['a', 'b'] }));

const encode = (value: unknown, options?: CodecOptions, meta?: EntryMeta): Buffer =>
  now(codecWith(options).encode(value, AT, meta));
const decode = (bytes: Buffer, options?: CodecOptions): unknown => now(codecWith(options).decode(bytes, AT)).value;

/** The eight bytes before the meta. */
const fixed = (bytes: Buffer): string => bytes.toString('hex', 0, 8);

describe('a codec without options', () => {
  it.each([null, true, 'text', 0, -1.5, [1, { a: null }], { a: { b: ['ä'] } }])(
    'writes as JSON what JSON carries, and nothing around it: %j',
    (value) => {
      expect(encode(value).toString()).toBe(JSON.stringify(value));
      expect(decode(encode(value))).toEqual(value);
    },
  );

  it.each([
    [{ at: new Date(5) }, 'c152010003000000'],
    [NaN, 'c152010003000000'],
    [undefined, 'c152010003000000'],
    [Buffer.from('raw'), 'c152010000000000'],
  ])('writes an envelope for a value that JSON cannot represent: %o', (value, header) => {
    const bytes = encode(value);
    expect(fixed(bytes)).toBe(header);
    expect(decode(bytes)).toStrictEqual(value);
  });

  it('writes readable JSON in an envelope if there is meta, and returns the meta', () => {
    const bytes = encode({ a: 1 }, {}, META);
    expect(fixed(bytes)).toBe('c15201000200002a');
    expect(bytes.toString().endsWith('{"a":1}')).toBe(true);
    expect(now(codecWith().decode(bytes, AT))).toEqual({ value: { a: 1 }, meta: META, outdated: false });
    expect(fixed(encode({ a: 1 }, {}, {}))).toBe('c152010002000000');
  });

  it.each([2 ** 53, -(2 ** 53), 2 ** 60, 1e20, 1e21, Number.MAX_VALUE])(
    'writes a number that others would mean a bigint by so that it stays a number: %d',
    (value) => {
      expect(decode(encode(value))).toBe(value);
      expect(decode(encode([value]))).toEqual([value]);
      expect(JSON.parse(encode(value).toString())).toBe(value);
    },
  );

  it('returns undefined if there is no meta', () => {
    expect(now(codecWith().decode(Buffer.from('1'), AT))).toEqual({ value: 1, meta: undefined, outdated: false });
  });

  it('reads values of other writers', () => {
    expect(decode(Buffer.from('9007199254740993'))).toBe(9007199254740993n);
    expect(decode(Buffer.from('no json'))).toBe('no json');
    expect(decode(Buffer.from([0xff]))).toEqual(Buffer.from([0xff]));
  });

  it('reads text and bytes in envelopes of other writers', () => {
    expect(decode(envelopeBytes({ serializer: 1, body: 'ä "' }))).toBe('ä "');
    expect(decode(envelopeBytes({ serializer: 1, body: '' }))).toBe('');
    expect(decode(envelopeBytes({ serializer: 0, body: '' }))).toEqual(Buffer.alloc(0));
  });

  it('rejects a sealed value and emits no security event', () => {
    const error = failureNow(() => codecWith().decode(envelopeBytes({ suite: 1, body: Buffer.alloc(60) }), AT));
    expect(error).toMatchObject({ code: 'CODEC_UNKNOWN_KEY', outcome: 'executed' });
  });

  it('allows counters and sets no other policy', () => {
    expect(codecWith().policy).toEqual({ counts: true, bindExpiry: false, resealOnRead: false });
  });
});

describe('a codec that compresses', () => {
  const COMPRESSED: CodecOptions = { compression: { minBytes: 0 } };

  it.each(['deflate-raw', 'brotli'] as const)('writes and reads %s', (algorithm) => {
    const options: CodecOptions = { compression: { algorithm } };
    const bytes = encode(RECORDS, options);
    expect(fixed(bytes)).toBe(algorithm === 'brotli' ? 'c152010002030000' : 'c152010002010000');
    expect(bytes.length).toBeLessThan(JSON.stringify(RECORDS).length / 2);
    expect(decode(bytes, options)).toEqual(RECORDS);
    expect(decode(bytes)).toEqual(RECORDS);
  });

  it('stores small and incompressible values as bare JSON', () => {
    expect(encode({ a: 1 }, { compression: true }).toString()).toBe('{"a":1}');
    expect(encode('xyzwvu', COMPRESSED).toString()).toBe('"xyzwvu"');
  });

  it('compresses rich values, bytes and values with meta', () => {
    const rich = RECORDS.map((record) => ({ ...record, at: new Date(record.id) }));
    const zeros = Buffer.alloc(5000);
    expect(decode(encode(rich, COMPRESSED))).toEqual(rich);
    expect(decode(encode(zeros, COMPRESSED))).toEqual(zeros);
    const bytes = encode(RECORDS, COMPRESSED, META);
    expect(now(codecWith().decode(bytes, AT)).meta).toEqual(META);
  });

  it('never compresses a number, so that INCR can add to it', () => {
    for (const number of [1_000_000_000_000_000, -1_111_111_111_111_111, 1.111111111111111e300]) {
      expect(encode(number, COMPRESSED).toString()).toBe(JSON.stringify(number));
    }
  });

  it('returns a promise if the thread pool does the work', async () => {
    const large = 'large '.repeat(100_000);
    const codec = codecWith({ compression: true });
    const encoded = codec.encode(large, AT);
    expect(encoded).toBeInstanceOf(Promise);
    const decoded = codec.decode(await encoded, AT);
    expect(decoded).toBeInstanceOf(Promise);
    expect((await decoded).value).toBe(large);
  });

  it('stores incompressible text as bare JSON also after the thread pool tried to compress it', async () => {
    const noise = Array.from({ length: 40_000 }, (_, i) => String.fromCharCode(0x4e00 + ((i * 7919) % 20_000))).join(
      '',
    );
    const bytes = await codecWith({ compression: { maxRatio: 0.01 } }).encode(noise, AT);
    expect(bytes.toString()).toBe(JSON.stringify(noise));
  });

  it('decompresses only with the same dictionary', async () => {
    const dictionary = (id: number): CodecOptions => ({
      compression: { minBytes: 0, dictionary: { id, bytes: Buffer.from(JSON.stringify(RECORDS.slice(0, 3))) } },
    });
    const bytes = encode(RECORDS[7], dictionary(7));
    expect(fixed(bytes)).toBe('c152010002110000');
    expect(decode(bytes, dictionary(7))).toEqual(RECORDS[7]);
    for (const other of [dictionary(8), {}]) {
      expect(await codeOf(() => decode(bytes, other))).toBe('CODEC_UNSUPPORTED');
    }
  });
});

describe('a codec with MessagePack', () => {
  const PACKED: CodecOptions = { serializer: 'msgpack' };

  it('writes MessagePack in an envelope, and numbers as JSON', () => {
    const value = { list: [1, 'a', new Date(5), undefined] };
    const bytes = encode(value, PACKED);
    expect(fixed(bytes)).toBe('c152010004000000');
    expect(decode(bytes, PACKED)).toStrictEqual(value);
    expect(decode(bytes)).toStrictEqual(value);
    expect(encode(41, PACKED).toString()).toBe('41');
  });

  it('writes values that need msgpackr to be read', () => {
    const reader = codecWith({}, { msgpackr: false });
    expect(failureNow(() => reader.decode(encode({}, PACKED), AT)).code).toBe('CODEC_UNSUPPORTED');
  });
});

describe('the size limits of a codec', () => {
  it('are exact to the byte for a write', () => {
    const writes = (value: unknown, maxEncodedBytes: number): number => encode(value, { maxEncodedBytes }).length;
    expect(writes('12345678', 10)).toBe(10);
    expect(writes(Buffer.alloc(2), 10)).toBe(10);
    for (const value of ['123456789', Buffer.alloc(3)]) {
      const error = failureNow(() => writes(value, 10));
      expect(error).toMatchObject({ code: 'CODEC_TOO_LARGE', outcome: 'not-sent', context: { bytes: 11, limit: 10 } });
    }
  });

  it('apply to the compressed size of a write', async () => {
    const options: CodecOptions = { compression: true, maxEncodedBytes: 1000 };
    expect(encode('a'.repeat(10_000), options).length).toBeLessThan(1000);
    expect((await codecWith(options).encode('a'.repeat(100_000), AT)).length).toBeLessThan(1000);
    const sixteenth = { ...options, maxEncodedBytes: 50 };
    expect(await codeOf(() => codecWith(sixteenth).encode('a'.repeat(100_000), AT))).toBe('CODEC_TOO_LARGE');
  });

  it('refuse a write that a read would refuse', async () => {
    const options: CodecOptions = { compression: true, maxDecodedBytes: 10_000 };
    expect(decode(encode('a'.repeat(9_998), options), options)).toHaveLength(9_998);
    expect(failureNow(() => encode('a'.repeat(9_999), options))).toMatchObject({
      code: 'CODEC_TOO_LARGE',
      outcome: 'not-sent',
      context: { bytes: 10_001, limit: 10_000 },
    });
    const large = await failureOf(() => codecWith(options).encode('a'.repeat(100_000), AT));
    expect(large.outcome).toBe('not-sent');
  });

  it('apply to a read, compressed or not', async () => {
    const large = await codecWith({ compression: true }).encode('a'.repeat(1_000_000), AT);
    const plain = encode(Buffer.alloc(1001));
    for (const bytes of [large, plain]) {
      const error = await failureOf(() => codecWith({ maxDecodedBytes: 1000 }).decode(bytes, AT));
      expect(error).toMatchObject({ code: 'CODEC_TOO_LARGE', outcome: 'executed', context: { limit: 1000 } });
    }
    expect(decode(encode(Buffer.alloc(1000)), { maxDecodedBytes: 1000 })).toHaveLength(1000);
  });
});

describe('a decoded value', () => {
  const OPTIONS: readonly CodecOptions[] = [
    {},
    { serializer: 'msgpack' },
    { compression: { minBytes: 0, maxRatio: 1 } },
    { encryption: { keys: [{ id: 'a', secret: 'a secret of more than 16 bytes' }] } },
  ];
  const VALUES = [
    Buffer.from('some bytes of a value, some bytes'),
    'some text of a value, some text of a value',
    { text: 'x'.repeat(100), bytes: Buffer.from('inner'), typed: Float64Array.of(1, 2), big: 5n ** 50n },
    Buffer.alloc(10_000, 'large'),
  ];

  it.each(OPTIONS)('keeps none of the memory it was read from: %j', (options) => {
    for (const value of VALUES) {
      const bytes = Buffer.from(encode(value, options));
      const read = decode(bytes, options);
      bytes.fill(0x20);
      expect(read).toStrictEqual(value);
    }
  });

  it('does not change when the original value changes', () => {
    const value = Buffer.from('before');
    const bytes = encode(value);
    value.fill(0);
    expect(decode(bytes)).toEqual(Buffer.from('before'));
  });

  it('never changes a prototype', () => {
    const changes = watchPrototypes();
    const bodies: [unknown, unknown][] = [
      ['__proto__', [['number']]],
      [
        { a: '__proto__' },
        [
          ['number', 'a'],
          ['undefined', 'a', 'toString'],
        ],
      ],
      [{ a: {} }, [['undefined', 'a', '__proto__', 'polluted']]],
      [{ a: {} }, [['undefined', '__proto__', 'polluted']]],
      [{ a: [] }, [['undefined', 'a', 'constructor', 'prototype', 'polluted']]],
      [['polluted'], [['undefined', 'constructor']]],
    ];
    for (const [json, table] of bodies) {
      expect(failureNow(() => decode(richBytes(json, table))).code).toBe('CODEC_DESERIALIZE');
    }
    const body =
      '[{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":2}}},[["date","__proto__","polluted"]]]';
    const value = decode(envelopeBytes({ serializer: 3, body })) as Record<string, unknown>;
    expect(value.polluted).toBeUndefined();
    expect(changes()).toEqual([]);
  });
});
