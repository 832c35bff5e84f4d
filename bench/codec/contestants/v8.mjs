import { deserialize, serialize } from 'node:v8';

export const label = 'node:v8';
export const carries = 'everything';

/** Not for bytes that others can write: 13 of them can ask for an array of 2^32. */
export function open() {
  return { encode: (value) => serialize(value), decode: (bytes) => deserialize(bytes) };
}
