import { deflateRawSync, inflateRawSync } from 'node:zlib';

export const label = 'zlib.deflateRawSync';
export const carries = 'everything';

/** The same algorithm and level as the codec's default, on the caller's thread. */
export function open() {
  return { encode: (bytes) => deflateRawSync(bytes, { level: 1 }), decode: (bytes) => inflateRawSync(bytes) };
}
