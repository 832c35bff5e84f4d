import { isDeepStrictEqual } from 'node:util';
import type { ApplicationTypes } from '../../../domain/codec/json/application-types.js';
import { takeSnapshot, type ValueSnapshot } from '../../../domain/codec/value-snapshot.js';
import type { Decoded, EntryMeta } from '../../../domain/value-codec.js';

/** The value of a copy: the stored bytes as text of one byte per character, or a snapshot and its meta. */
export type CopyForm =
  | { readonly encoded: string }
  | { readonly snapshot: ValueSnapshot; readonly types: ApplicationTypes; readonly meta: EntryMeta | undefined };

/** One byte per character, in the heap of V8: a view would keep the whole network buffer. */
export function encodedForm(encoded: Buffer): CopyForm {
  return { encoded: encoded.toString('latin1') };
}

/** Undefined if the value contains what cannot be stored. `types` are those of the store. */
export function snapshotForm(
  { value, meta }: Pick<Decoded<unknown>, 'value' | 'meta'>,
  types: ApplicationTypes,
): CopyForm | undefined {
  try {
    return { snapshot: takeSnapshot(value, types), types, meta };
  } catch {
    return undefined;
  }
}

export function isSameForm(a: CopyForm, b: CopyForm): boolean {
  if ('encoded' in a) return 'encoded' in b && a.encoded === b.encoded;
  return 'snapshot' in b && isDeepStrictEqual(a.snapshot, b.snapshot);
}

/** The approximate size of the value in bytes. */
export function bytesOf(form: CopyForm): number {
  return 'encoded' in form ? form.encoded.length : form.snapshot.bytes;
}
