export const label = 'JSON, text only';
export const carries = 'JSON only';

/** Only stringify and parse: the result is not bytes, so it cannot be stored. */
export function open() {
  return { encode: (value) => JSON.stringify(value), decode: (text) => JSON.parse(text) };
}
