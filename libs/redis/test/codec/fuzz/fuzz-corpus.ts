import { readdirSync, readFileSync } from 'node:fs';
import type { EnvelopeCodec } from '../../../src/domain/codec/envelope.codec.js';
import { codecOf, type GoldenReader, type GoldenVector } from '../golden-source/golden-vector.js';

/** Valid bytes, and the codec that decodes them. */
export interface FuzzSeed {
  readonly vector: GoldenVector;
  readonly bytes: Buffer;
  readonly codec: EnvelopeCodec;
  readonly sealed: boolean;
  /** True if the value is bound to its key name, as all but one are. */
  readonly bound: boolean;
}

const GOLDEN = new URL('../golden/', import.meta.url);
const SUITE_AT = 6;
const FLAGS_AT = 3;

/**
 * The readable golden vectors. They cover the format and, unlike newly sealed values, are the same in every run. Excludes one of 300 KB,
 * which is slow.
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

/** Limits the size of generated values. */
function readerOf(reader: GoldenReader = {}): GoldenReader {
  return { ...reader, money: true, maxDecodedBytes: 1024 * 1024 };
}
