// The built package, as an application would load it. The codec is no export of its own: every store has one inside.
import { createCodec } from '../../../libs/redis/dist/adapters/codec/create-codec.js';

export const label = 'EnvelopeCodec';
export const carries = 'everything';

/** With the options a store would be given; none is bare JSON for what JSON can carry. */
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
