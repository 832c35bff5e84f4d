export const label = 'JSON';
export const carries = 'JSON only';

/** JSON as a cache keeps it: bytes. What reads them may not be the process that wrote them. */
export function open() {
  return {
    encode: (value) => Buffer.from(JSON.stringify(value)),
    decode: (bytes) => JSON.parse(bytes.toString()),
  };
}
