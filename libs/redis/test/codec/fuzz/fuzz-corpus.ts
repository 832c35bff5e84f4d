import { readdirSync, readFileSync } from 'node:fs';
import type { EnvelopeCodec } from '../../../src/domain/codec/envelope.codec.js';
import { codecOf, type GoldenReader, type GoldenVector } from '../golden-source/golden-vector.js';

/** Bytes that are read as they should be, and the codec that reads them. */
export interface FuzzSeed {
  readonly vector: GoldenVector;
  readonly bytes: Buffer;
  readonly codec: EnvelopeCodec;
  readonly sealed: boolean;
  /** Sealed for its key name, as all are but one. */
  readonly bound: boolean;
}

const GOLDEN = new URL('../golden/', import.meta.url);
const SUITE_AT = 6;
const FLAGS_AT = 3;

/**
 * The golden vectors that can be read: they cover the format, and unlike values that are sealed anew they are the same in every
 * run. One of 300 KB would only be slow.
 */
export function goldenCorpus(isReadable: (vector: GoldenVector) => boolean): FuzzSeed[] {
  const vectors = readdirSync(GOLDEN).flatMap(
    (file) => JSON.parse(readFileSync(new URL(file, GOLDEN), 'utf8')) as GoldenVector[],
  );
  return vectors
    .filter((vector) => vector.error === undefined && !vector.title.includes('KB') && isReadable(vector))
    .map((vector) => seedOf(vector));
}

function seedOf(vector: GoldenVector): FuzzSeed {
  const bytes = Buffer.from(vector.bytes, 'hex');
  const sealed = vector.reader?.keys !== undefined;
  return {
    vector,
    bytes,
    codec: codecOf(readerOf(vector.reader)),
    sealed: sealed && bytes[SUITE_AT] === 1,
    bound: ((bytes[FLAGS_AT] ?? 0) & 1) === 0,
  };
}

/** What is made up must not be allowed to become large. */
function readerOf(reader: GoldenReader = {}): GoldenReader {
  return { ...reader, money: true, maxDecodedBytes: 1024 * 1024 };
}
