import { Packr } from 'msgpackr';

export const label = 'msgpackr';
export const carries = 'everything';

/** Records on, by default: each value contains its structures, so that any process can read it, and Maps stay Maps. */
export function open() {
  const packr = new Packr();
  return { encode: (value) => packr.pack(value), decode: (bytes) => packr.unpack(bytes) };
}
