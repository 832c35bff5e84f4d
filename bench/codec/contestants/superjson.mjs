import { parse, stringify } from 'superjson';

export const label = 'superjson';
export const carries = 'everything';

export function open() {
  return {
    encode: (value) => Buffer.from(stringify(value)),
    decode: (bytes) => parse(bytes.toString()),
  };
}
