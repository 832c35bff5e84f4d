import type { CodecOptions } from '../../../src/domain/codec/codec.options.js';
import type { EntryMeta } from '../../../src/domain/value-codec.js';
import { codecWith } from '../support/codec-with.js';
import { notationOf } from '../support/value-notation.js';
import type { GoldenReader, GoldenVector } from './golden-vector.js';

/** A value to write, with what. */
export interface Written {
  readonly title: string;
  readonly value: unknown;
  readonly with?: CodecOptions;
  readonly meta?: EntryMeta;
  readonly reader?: GoldenReader;
  readonly key?: string;
  readonly field?: string;
}

/** The vector of a value as this version writes it. */
export async function written({
  title,
  value,
  with: options,
  meta,
  reader,
  key = 'app:k',
  field,
}: Written): Promise<GoldenVector> {
  const bytes = await codecWith(options).encode(value, { key, field }, meta);
  return { title, key, field, reader, bytes: bytes.toString('hex'), value: notationOf(value), meta };
}

/** The vector of bytes that were put together by hand. */
export function given(
  vector: Omit<GoldenVector, 'key' | 'bytes'> & { readonly key?: string; readonly bytes: Buffer },
): GoldenVector {
  const { key = 'app:k', bytes } = vector;
  return { ...vector, key, bytes: bytes.toString('hex') };
}
