import { brotliCompressSync, deflateRawSync } from 'node:zlib';
import { codecWith } from '../support/codec-with.js';
import { envelopeBytes, metaItem, richBytes, type EnvelopeParts } from '../support/envelope-bytes.js';
import type { GoldenReader, GoldenVector } from './golden-vector.js';
import { KEYS, sealedBytes } from './sealed.js';
import { given } from './writing.js';

type Refused = readonly [title: string, bytes: Buffer, reader?: GoldenReader, key?: string];

const AT = { key: 'app:k' };
const SEALED_HEADER = envelopeBytes({ suite: 1, body: '' });
const PADDED_HEADER = envelopeBytes({ suite: 1, flags: 2, body: '' });
const RAW = Buffer.from(JSON.stringify(Array.from({ length: 50 }, (_, i) => ({ i }))));
const READER = { keys: KEYS };

/** A deflate-raw body that declares this length. */
function deflated(declared: number, data: Buffer = deflateRawSync(RAW)): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(declared);
  return envelopeBytes({ compressor: 1, body: Buffer.concat([length, data]) });
}

const of = (title: string, parts: EnvelopeParts): Refused => [title, envelopeBytes(parts)];

/** Bytes that are refused, by the code they are refused with. */
export async function refusedVectors(): Promise<GoldenVector[]> {
  const sealed = await sealedBytes(SEALED_HEADER, Buffer.from('{"a":1}'));
  const changed = Buffer.from(sealed);
  changed[sealed.length - 1]! ^= 1;
  const ended = await sealedBytes(envelopeBytes({ suite: 1, meta: metaItem(3, '018bcfe56800'), body: '' }), RAW);
  const brotli = Buffer.concat([Buffer.from([0, 0, 0, RAW.length - 1]), brotliCompressSync(RAW)]);
  const dated = await codecWith().encode(new Date(5), AT);
  const by: Record<string, readonly Refused[]> = {
    CODEC_MALFORMED: [
      ['a header that is cut off', Buffer.from('c1520100020000', 'hex')],
      of('a meta block longer than the rest', { metaBytes: 9, body: 'short' }),
      of('a meta entry that is cut off', { meta: metaItem(1, '00', 6) }),
      of('a meta entry of a wrong length', { meta: metaItem(5, '000001') }),
      of('a meta entry that is there twice', { meta: Buffer.concat([metaItem(5, '0001'), metaItem(5, '0001')]) }),
      of('a compressed body shorter than its length', { compressor: 1, body: Buffer.from([0, 0, 1]) }),
      ['a sealed part that is too short', sealed.subarray(0, 51), READER],
      [
        'padding that is not zero',
        await sealedBytes(PADDED_HEADER, Buffer.from('00000005313233343501', 'hex')),
        READER,
      ],
      [
        'padding that is too long',
        await sealedBytes(PADDED_HEADER, Buffer.from(`0000000131${'00'.repeat(30)}`, 'hex')),
        READER,
      ],
    ],
    CODEC_UNSUPPORTED: [
      of('a later version', { version: 2 }),
      of('a flag', { flags: 4, suite: 1 }),
      of('a flag of sealed values, not sealed', { flags: 2 }),
      of('a serialiser', { serializer: 5 }),
      of('a serialiser of applications', { serializer: 64 }),
      of('a compressor', { compressor: 4 }),
      of('brotli with a dictionary', { compressor: 19, body: Buffer.alloc(20) }),
      of('a suite', { suite: 2, body: Buffer.alloc(80) }),
      of('a critical type of meta', { meta: metaItem(128, '00') }),
      of('a dictionary that is not there', { compressor: 17, body: Buffer.from('000900000001', 'hex') }),
      ['a kind', richBytes('P1D', [['duration']])],
      ['a type of an application', richBytes({ cents: 5 }, [['app:money']])],
    ],
    CODEC_UNKNOWN_KEY: [
      [
        'another key',
        await sealedBytes(SEALED_HEADER, RAW, AT.key, { keys: [{ id: 'x', secret: 'quite another secret' }] }),
        READER,
      ],
      ['no key at all', sealed],
    ],
    CODEC_TAMPERED: [
      ['a bit that was changed', changed, READER],
      ['another key of the store', sealed, READER, 'app:other'],
      ['another tenant', sealed, { ...READER, tenant: 'acme' }],
      [
        'a header that was changed',
        Buffer.concat([envelopeBytes({ suite: 1, serializer: 1, body: '' }), sealed.subarray(8)]),
        READER,
      ],
    ],
    CODEC_PLAINTEXT_REJECTED: [
      ['JSON', Buffer.from('{"a":1}'), READER],
      ['a number', Buffer.from('5'), READER],
      ['an envelope', Buffer.from(dated), READER],
    ],
    CODEC_EXPIRED: [['its end', ended, { ...READER, bindExpiry: true, nowMs: 1_700_000_000_000 }]],
    CODEC_KEY_PROVIDER: [['a provider that fails', sealed, { failingProvider: true }]],
    CODEC_TOO_LARGE: [
      ['a length over the limit', deflated(33_554_433)],
      ['a length over a lower limit', deflated(RAW.length), { maxDecodedBytes: RAW.length - 1 }],
      ['a body over the limit, not compressed', envelopeBytes({ body: '"12345"' }), { maxDecodedBytes: 6 }],
    ],
    CODEC_DECOMPRESS: [
      ['a length that is one less', deflated(RAW.length - 1)],
      ['a length that is one more', deflated(RAW.length + 1)],
      ['data that is cut off', deflated(RAW.length, deflateRawSync(RAW).subarray(0, -3))],
      ['data behind the end', deflated(RAW.length, Buffer.concat([deflateRawSync(RAW), Buffer.from([0])]))],
      ['data that is none', deflated(100, Buffer.alloc(20, 0xff))],
      of('brotli of another length', { compressor: 3, body: brotli }),
    ],
    CODEC_DESERIALIZE: [
      of('text that is no JSON', { body: '{"a":' }),
      of('no text', { body: '' }),
      of('no pair', { serializer: 3, body: '{"a":1}' }),
      ['a table that is none', richBytes(1, { kind: 'date' })],
      ['a path that leads nowhere', richBytes({ a: 1 }, [['date', 'b']])],
      ['a path to a prototype', richBytes({}, [['undefined', '__proto__', 'polluted']])],
      ['a number called __proto__', richBytes('__proto__', [['number']])],
      ['a bigint that is none', richBytes('1.5', [['bigint']])],
      ['a range that ends behind the array', richBytes([1, 2], [['date', [0, 2]]])],
      ['a range of nothing', richBytes([1, 2], [['date', [1, 1]]])],
      ['a map of more keys than values', richBytes([[1], []], [['map']])],
      of('msgpack that is cut off', { serializer: 4, body: Buffer.from('92da00ff61', 'hex') }),
      of('msgpack that is no pair', { serializer: 4, body: Buffer.from('01', 'hex') }),
    ],
  };
  return Object.entries(by).flatMap(([error, refused]) =>
    refused.map(([what, bytes, reader, key]) => given({ title: `${error}: ${what}`, bytes, reader, key, error })),
  );
}
