import { deflateRaw, inflateRaw } from 'pako';
import { aesGcm } from '../aes-gcm.mjs';

export const label = 'JSON + pako + AES-256-GCM + base64';
export const carries = 'JSON only';

/** The chain of pako-base64 with encryption of the compressed bytes, where it is cheapest. */
export function open() {
  const cipher = aesGcm();
  return {
    encode: (value) => Buffer.from(cipher.seal(deflateRaw(JSON.stringify(value))).toString('base64')),
    decode: (bytes) => JSON.parse(inflateRaw(cipher.unseal(Buffer.from(bytes.toString(), 'base64')), { toText: true })),
  };
}
