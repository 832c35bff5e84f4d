import { Keyv } from 'keyv6';

export const label = 'keyv 6';
export const carries = 'JSON only';

/**
 * The conversion of a Keyv between a value and its store, with its envelope and its default serialiser; without its
 * hooks, telemetry and expiry check, which it runs in every call.
 */
export function open(options) {
  const keyv = new Keyv(options);
  return {
    encode: (value) => keyv.encode({ value }).then((text) => Buffer.from(text)),
    decode: (bytes) => keyv.decode(bytes.toString()).then(({ value }) => value),
  };
}
