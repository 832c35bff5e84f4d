import { deflateRaw, inflateRaw } from 'pako';

export const label = 'JSON + pako + base64';
export const carries = 'JSON only';

/** Text to text, like the compression adapters of cache libraries, by default at the default level of pako. */
export function open(options) {
  return {
    encode: (value) => Buffer.from(Buffer.from(deflateRaw(JSON.stringify(value), options)).toString('base64')),
    decode: (bytes) => JSON.parse(inflateRaw(Buffer.from(bytes.toString(), 'base64'), { toText: true })),
  };
}
