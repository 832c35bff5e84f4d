// The built package, as an application loads it. The codec is not exported: every store contains one.
import { createCodec } from '../../../libs/redis/build/adapters/codec/create-codec.js';

export const label = 'EnvelopeCodec';
export const carries = 'everything';

/** With options as for a store; without any, it writes bare JSON if JSON can carry the value. */
export function open(options) {
  const codec = createCodec(options);
  return {
    encode: (value, at) => codec.encode(value, at),
    decode: (bytes, at) => {
      const decoded = codec.decode(bytes, at);
      return decoded instanceof Promise ? decoded.then(({ value }) => value) : decoded.value;
    },
  };
}
