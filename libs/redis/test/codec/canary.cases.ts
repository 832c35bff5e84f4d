import { deflateRawSync } from 'node:zlib';
import type { ErrorCode } from '../../src/common/error-codes.js';
import type { ApplicationType } from '../../src/domain/codec/json/application-types.js';
import type { CodecOptions } from '../../src/domain/codec/codec.options.js';
import type { EnvelopeCodec } from '../../src/domain/codec/envelope.codec.js';
import type { EntryMeta, ValuePlace } from '../../src/domain/value-codec.js';
import { codecWith, StoppedClock } from './support/codec-with.js';
import { envelopeBytes, metaItem, richBytes, type EnvelopeParts } from './support/envelope-bytes.js';

/** A text that every case contains in values, keys, fields or secrets, and that no error may contain. */
export const CANARY = 'c4n4ry-7e11-n0b0dy';

export const AT: ValuePlace = { key: `app:${CANARY}`, field: `field ${CANARY}` };
export const SECRET = `secret ${CANARY} of a key`;
const HEX = Buffer.from(CANARY).toString('hex');
const KEYS = [{ id: 'a', secret: SECRET }];
const NOW = 1_700_000_000_000;

/** A call that fails with the error code. */
export interface CanaryCase {
  readonly code: ErrorCode;
  readonly what: string;
  readonly call: () => unknown;
  readonly codec: EnvelopeCodec;
}

const fails = (): never => {
  throw new TypeError(`what an application throws quotes ${CANARY}`, { cause: { [CANARY]: CANARY } });
};

class Fragile {
  readonly text = CANARY;
}
const FRAGILE: ApplicationType<Fragile> = {
  name: 'fragile',
  is: (value): value is Fragile => value instanceof Fragile,
  toJSON: fails,
  fromJSON: fails,
};

const sealing: CodecOptions = { encryption: { keys: KEYS, tenant: CANARY } };
const sealed = async (value: unknown, meta?: EntryMeta, options = sealing): Promise<Buffer> =>
  codecWith(options).encode(value, AT, meta);
const cycle = (): unknown => {
  const one: Record<string, unknown> = { text: CANARY };
  return Object.assign(one, { one });
};
const deep = (levels: number): unknown => (levels === 0 ? CANARY : [deep(levels - 1), CANARY]);

function compressed(raw: string, declared = raw.length, damage = (data: Buffer) => data): EnvelopeParts {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(declared);
  return { compressor: 1, body: Buffer.concat([length, damage(deflateRawSync(raw))]) };
}

type Row = readonly [what: string, given: unknown, options?: CodecOptions];

/** Values that cannot be encoded. */
const UNWRITABLE: Partial<Record<ErrorCode, readonly Row[]>> = {
  CODEC_SERIALIZE: [
    ['a function', [CANARY, () => CANARY]],
    ['a symbol', { a: Symbol(CANARY) }],
    ['a promise', { a: Promise.resolve(CANARY) }],
    ['a boxed text', { a: Object(CANARY) as unknown }],
    ['a cycle', cycle()],
    ['depth', deep(1001)],
    ['a getter', Object.defineProperty({ text: CANARY }, 'a', { get: fails, enumerable: true })],
    ['a toJSON', { a: { text: CANARY, toJSON: fails } }],
    ['a type', { a: new Fragile() }, { types: [FRAGILE] }],
    ['a type, packed', { a: new Fragile() }, { types: [FRAGILE], serializer: 'msgpack' }],
    ['a type, sealed', { a: new Fragile() }, { types: [FRAGILE], ...sealing }],
  ],
  CODEC_TOO_LARGE: [
    ['JSON', CANARY.repeat(10), { maxEncodedBytes: 100 }],
    ['a sealed text', CANARY.repeat(10), { maxEncodedBytes: 100, ...sealing }],
    ['what is compressed', CANARY.repeat(2000), { maxDecodedBytes: 100, compression: true }],
    ['what the thread pool compresses', CANARY.repeat(20_000), { maxEncodedBytes: 100, compression: true }],
  ],
  CODEC_KEY_PROVIDER: [
    [
      'one that rejects',
      CANARY,
      { encryption: { provider: { keys: async () => fails(), primary: async () => fails() } } },
    ],
    [
      'one whose secret is too short',
      CANARY,
      {
        encryption: {
          provider: { keys: async () => [{ id: 'a', secret: CANARY.slice(0, 15) }], primary: async () => 'a' },
        },
      },
    ],
  ],
};

/** Stored bytes that cannot be decoded. */
async function unreadable(): Promise<Partial<Record<ErrorCode, readonly Row[]>>> {
  const whole = await sealed({ text: CANARY });
  const changed = Buffer.from(whole);
  changed[60]! ^= 1;
  const binding: CodecOptions = { encryption: { keys: KEYS, bindExpiry: true } };
  const other: CodecOptions = { encryption: { keys: [{ id: 'b', secret: `another ${SECRET}` }] } };
  const packed = await codecWith({ serializer: 'msgpack' }).encode({ text: CANARY }, AT);
  const envelope = (parts: EnvelopeParts): Buffer => envelopeBytes(parts);
  const texts = [`{"a":"${CANARY}`, CANARY, `["${CANARY}",]`];
  const kinds = ['number', 'bigint', 'date', 'map', 'set', 'regexp', 'url', 'int16array', 'error'];
  return {
    CODEC_MALFORMED: [
      ['a header', Buffer.concat([envelope({ body: '' }).subarray(0, 7)])],
      ['a meta block', envelope({ meta: metaItem(5, HEX), body: CANARY })],
      ['a meta block that is cut off', envelope({ metaBytes: 255, body: CANARY })],
      ['a compressed body', envelope({ compressor: 1, body: CANARY.slice(0, 3) })],
      ['a sealed part', whole.subarray(0, 50), sealing],
    ],
    CODEC_DESERIALIZE: [
      ...texts.map((body, i) => [`JSON ${i}`, envelope({ body })] as const),
      ['a pair', envelope({ serializer: 3, body: JSON.stringify({ text: CANARY }) })],
      ['a path', richBytes({ text: CANARY }, [['date', CANARY]])],
      ...kinds.map((kind) => [`a ${kind}`, richBytes({ text: CANARY }, [[kind]])] as const),
      ['a regexp that is none', richBytes([`(${CANARY}`, ''], [['regexp']])],
      ['a url that is none', richBytes(CANARY, [['url']])],
      ['a type', richBytes(CANARY, [['app:fragile']]), { types: [FRAGILE] }],
      ['msgpack with more behind it', Buffer.concat([packed, Buffer.from(CANARY)])],
      ['msgpack that is no pair', envelope({ serializer: 4, body: Buffer.from(`b2${HEX}`, 'hex') })],
    ],
    CODEC_DECOMPRESS: [
      ['a wrong length', envelope(compressed(CANARY.repeat(9), 5))],
      ['a wrong length, in the thread pool', envelope(compressed(CANARY.repeat(30_000), 300_000))],
      ['damaged data', envelope(compressed(CANARY.repeat(9), undefined, (data) => data.reverse()))],
    ],
    CODEC_TOO_LARGE: [
      ['a body', envelope({ body: JSON.stringify(CANARY) }), { maxDecodedBytes: 5 }],
      ['a length', envelope(compressed(CANARY.repeat(9))), { maxDecodedBytes: 5 }],
    ],
    CODEC_UNSUPPORTED: [
      ['a version', envelope({ version: 9, body: CANARY })],
      ['a kind', richBytes(CANARY, [[CANARY]])],
      ['a type', richBytes(CANARY, [[`app:${CANARY}`]])],
      ['a critical type of meta', envelope({ meta: metaItem(200, HEX) })],
      ['a dictionary', envelope({ compressor: 17, body: Buffer.from(`000900000012${HEX}`, 'hex') })],
      ['a compressor', envelope({ compressor: 19, body: CANARY })],
    ],
    CODEC_UNKNOWN_KEY: [
      ['another key', whole, other],
      ['no key', whole],
    ],
    CODEC_TAMPERED: [
      ['a bit', changed, sealing],
      ['a tenant', whole, { encryption: { keys: KEYS, tenant: `other ${CANARY}` } }],
    ],
    CODEC_PLAINTEXT_REJECTED: [
      ['JSON', Buffer.from(JSON.stringify(CANARY)), sealing],
      ['an envelope', packed, sealing],
    ],
    CODEC_EXPIRED: [['its end', await sealed(CANARY, { expires: NOW }, binding), binding]],
    CODEC_KEY_PROVIDER: [
      [
        'one that rejects',
        whole,
        { encryption: { provider: { keys: async () => fails(), primary: async () => 'a' } } },
      ],
    ],
  };
}

/** Every case that leads to an error of a codec. */
export async function canaryCases(): Promise<CanaryCase[]> {
  const clock = new StoppedClock(NOW);
  const casesOf = (rows: Partial<Record<ErrorCode, readonly Row[]>>, does: 'writing' | 'reading'): CanaryCase[] =>
    Object.entries(rows).flatMap(([code, some]) =>
      some.map(([what, given, options]) => {
        const codec = codecWith(options, { clock });
        const call = (): unknown => (does === 'writing' ? codec.encode(given, AT) : codec.decode(given as Buffer, AT));
        return { code: code as ErrorCode, what: `${does} ${what}`, call, codec };
      }),
    );
  return [...casesOf(UNWRITABLE, 'writing'), ...casesOf(await unreadable(), 'reading')];
}
