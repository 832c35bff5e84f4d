export const label = 'JSON';
export const carries = 'JSON only';

/** JSON as bytes, as a cache stores it for other processes. */
export function open() {
  return {
    encode: (value) => Buffer.from(JSON.stringify(value)),
    decode: (bytes) => JSON.parse(bytes.toString()),
  };
}
