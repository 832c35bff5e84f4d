export const label = 'JSON, text only';
export const carries = 'JSON only';

/** stringify and parse, and nothing else: no bytes come of it, so nothing could be stored. */
export function open() {
  return { encode: (value) => JSON.stringify(value), decode: (text) => JSON.parse(text) };
}
