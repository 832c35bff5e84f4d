import { brotliCompressSync, deflateRawSync } from 'node:zlib';
import { findPacker } from '../../../src/adapters/codec/msgpack.packer.js';
import type { EnvelopeCodec } from '../../../src/domain/codec/envelope.codec.js';
import type { ValuePlace } from '../../../src/domain/value-codec.js';
import { resolveEncryptionOptions } from '../../../src/domain/encryption/encryption.options.js';
import { createCipher } from '../../../src/domain/encryption/value-cipher.js';
import { pad } from '../../../src/domain/encryption/padme.js';
import { codecOf } from '../golden-source/golden-vector.js';
import { codecWith } from '../support/codec-with.js';
import { envelopeBytes, metaItem } from '../support/envelope-bytes.js';
import { MONEY } from '../support/money.js';
import { mutated } from './byte-mutations.js';
import type { FuzzSeed } from './fuzz-corpus.js';
import type { FuzzRandom } from './fuzz-random.js';
import { madeUpRich } from './made-up-rich.js';
import { madeUpJson, madeUpTable } from './made-up-values.js';

/** One input of the decoder. */
export interface FuzzCase {
  readonly kind: string;
  readonly bytes: Buffer;
  readonly at: ValuePlace;
  readonly codec: EnvelopeCodec;
  /** The golden vector that the bytes were derived from; undefined otherwise. */
  readonly seed?: FuzzSeed;
  /** The expected value, if known; in an array, because it may be undefined. */
  readonly written?: readonly [value: unknown];
}

const AT: ValuePlace = { key: 'app:k' };
const KEYS = [{ id: 'fuzz', secret: 'a secret that fuzzing seals with' }];
const READER = { money: true, maxDecodedBytes: 1024 * 1024 };
const OPEN = codecOf(READER);
const SEALING = codecOf({ ...READER, keys: KEYS });
const CIPHER = createCipher(resolveEncryptionOptions({ keys: KEYS }));
const PACKER = findPacker(true, 'codec');
const TYPES = { types: [MONEY] };
const SMALLEST = { minBytes: 0, maxRatio: 1 };
const WRITERS: readonly EnvelopeCodec[] = [
  codecWith(TYPES),
  codecWith({ ...TYPES, serializer: 'msgpack' }),
  codecWith({ ...TYPES, compression: SMALLEST }),
  codecWith({ ...TYPES, compression: { ...SMALLEST, algorithm: 'brotli', level: 1 }, serializer: 'msgpack' }),
];
const SEALING_WRITER = codecWith({
  ...TYPES,
  compression: SMALLEST,
  encryption: { keys: KEYS, padding: 'padme', compressBeforeEncrypt: true },
});

type Make = (random: FuzzRandom, corpus: readonly FuzzSeed[]) => FuzzCase;

const plain = (kind: string, bytes: Buffer): FuzzCase => ({ kind, bytes, at: AT, codec: OPEN });
const maybe = (bytes: Buffer, random: FuzzRandom): Buffer => (random.onceIn(3) ? mutated(bytes, random) : bytes);

function madeUpPair(random: FuzzRandom): [unknown, unknown] {
  const json = madeUpJson(random);
  return [json, madeUpTable(json, random)];
}

/** Undefined if msgpackr fails on a member named toJSON, which this package never passes to it. */
function packed(pair: unknown): Buffer {
  try {
    return PACKER?.pack(pair) ?? Buffer.alloc(0);
  } catch {
    return Buffer.alloc(0);
  }
}

function madeUpBody(random: FuzzRandom): { serializer: number; body: Buffer } {
  const serializer = random.below(5);
  const pair = madeUpPair(random);
  if (serializer === 4) return { serializer, body: maybe(packed(pair), random) };
  return { serializer, body: maybe(Buffer.from(JSON.stringify(serializer === 3 ? pair : pair[0])), random) };
}

function madeUpMeta(random: FuzzRandom): Buffer {
  const items = Array.from({ length: random.below(4) }, () => {
    const type = random.onceIn(6) ? random.below(256) : random.below(9);
    const right = [1, 6, 6, 6, 4, 2, 6, 8, 3][type] ?? random.below(9);
    const length = random.onceIn(6) ? random.below(30) : right;
    return metaItem(type, random.bytes(length).toString('hex'), random.onceIn(20) ? random.below(256) : length);
  });
  return Buffer.concat(items);
}

function madeUpCompressed(raw: Buffer, random: FuzzRandom): { compressor: number; body: Buffer } {
  const compressor = random.pick([1, 3]);
  const data = compressor === 1 ? deflateRawSync(raw) : brotliCompressSync(raw);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(random.onceIn(6) ? random.below(2 ** random.below(33)) : raw.length);
  return { compressor, body: Buffer.concat([length, maybe(data, random)]) };
}

/** The generators of cases. A generator that is listed twice is used twice as often. */
const MAKERS: readonly Make[] = [
  ...Array.from({ length: 6 }, () => mutatedSeed),
  ...Array.from({ length: 3 }, () => madeUpTables),
  ...Array.from({ length: 4 }, () => writtenValue),
  ...[madeUpEnvelope, madeUpEnvelope, spliced, foreignText, compressedBody, packedBody, sealedBody],
];

function mutatedSeed(random: FuzzRandom, corpus: readonly FuzzSeed[]): FuzzCase {
  const seed = random.pick(corpus);
  const { key, field } = seed.vector;
  const moved = random.onceIn(10);
  const at = moved
    ? { key: random.pick([key, `${key}2`, '']), field: random.pick([field, 'other', '']) }
    : { key, field };
  const bytes = random.onceIn(moved ? 2 : 50) ? Buffer.from(seed.bytes) : mutated(seed.bytes, random);
  return { kind: seed.sealed ? 'sealed, mutated' : 'mutated', bytes, at, codec: seed.codec, seed };
}

function madeUpTables(random: FuzzRandom): FuzzCase {
  const body = maybe(Buffer.from(JSON.stringify(madeUpPair(random))), random);
  return plain('table', envelopeBytes({ serializer: 3, body }));
}

function madeUpEnvelope(random: FuzzRandom): FuzzCase {
  const meta = madeUpMeta(random);
  const odd = (): number | undefined => (random.onceIn(12) ? random.below(256) : undefined);
  const parts = { version: odd(), flags: odd(), compressor: odd(), suite: odd(), metaBytes: odd() };
  const bytes = envelopeBytes({ ...parts, meta: meta.subarray(0, 255), ...madeUpBody(random) });
  return plain('envelope', maybe(bytes, random));
}

function spliced(random: FuzzRandom, corpus: readonly FuzzSeed[]): FuzzCase {
  const [one, other] = [random.pick(corpus), random.pick(corpus)];
  const cut = random.onceIn(2) ? random.below(9) : random.below(one.bytes.length + 1);
  const bytes = Buffer.concat([one.bytes.subarray(0, cut), other.bytes.subarray(random.onceIn(2) ? cut : 0)]);
  return { kind: 'spliced', bytes, at: AT, codec: random.pick([one, other]).codec };
}

function foreignText(random: FuzzRandom): FuzzCase {
  const text = Buffer.from(JSON.stringify(madeUpJson(random)));
  return plain('foreign', random.onceIn(4) ? random.bytes(random.length(64)) : maybe(text, random));
}

function compressedBody(random: FuzzRandom): FuzzCase {
  const { serializer, body } = madeUpBody(random);
  const repeated = Buffer.concat(Array.from({ length: random.length(50) }, () => body));
  const raw = random.onceIn(2) ? body : repeated;
  return plain('compressed', maybe(envelopeBytes({ serializer, ...madeUpCompressed(raw, random) }), random));
}

function packedBody(random: FuzzRandom): FuzzCase {
  const bytes = random.onceIn(4) ? random.bytes(random.length(100)) : packed(madeUpPair(random));
  return plain('msgpack', envelopeBytes({ serializer: 4, body: mutated(bytes, random) }));
}

/** A value that a writer with the key could create. */
function sealedBody(random: FuzzRandom): FuzzCase {
  const { serializer, body } = madeUpBody(random);
  const compressed = random.onceIn(2) ? madeUpCompressed(body, random) : { compressor: 0, body };
  const flags = random.pick([0, 0, 1, 2, 3]);
  const header = envelopeBytes({ flags, serializer, compressor: compressed.compressor, suite: 1, body: '' });
  const padded = flags >= 2 ? maybe(pad(compressed.body), random) : compressed.body;
  const bytes = CIPHER.sealEnvelope(header, AT, padded) as Buffer;
  return { kind: 'sealed', bytes, at: AT, codec: SEALING };
}

/** An encoded value, which must round-trip, or damaged bytes of it. */
function writtenValue(random: FuzzRandom): FuzzCase {
  const value = madeUpRich(random);
  const sealed = random.onceIn(4);
  const bytes = (sealed ? SEALING_WRITER : random.pick(WRITERS)).encode(value, AT) as Buffer;
  if (sealed) return { kind: 'written, sealed', bytes, at: AT, codec: SEALING, written: [value] };
  if (random.onceIn(2)) return plain('written, mutated', mutated(bytes, random));
  return { ...plain('written', bytes), written: [value] };
}

/** Creates the case of a seed and index. */
export function makeCase(random: FuzzRandom, corpus: readonly FuzzSeed[]): FuzzCase {
  return random.pick(MAKERS)(random, corpus);
}
