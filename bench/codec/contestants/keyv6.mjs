import { Keyv } from 'keyv6';

export const label = 'keyv 6';
export const carries = 'JSON only';

/**
 * What a Keyv does to a value on the way to its store and back, with its own envelope and its default serialiser; not its
 * hooks, telemetry and expiry check, which it adds to every call.
 */
export function open(options) {
  const keyv = new Keyv(options);
  return {
    encode: (value) => keyv.encode({ value }).then((text) => Buffer.from(text)),
    decode: (bytes) => keyv.decode(bytes.toString()).then(({ value }) => value),
  };
}
