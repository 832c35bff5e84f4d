import { deserialize, serialize } from 'node:v8';

export const label = 'node:v8';
export const carries = 'everything';

/** Unsafe for bytes that others can write: 13 of them can request an array of 2^32 elements. */
export function open() {
  return { encode: (value) => serialize(value), decode: (bytes) => deserialize(bytes) };
}
