import { parse, stringify } from 'devalue';

export const label = 'devalue';
export const carries = 'everything';

export function open() {
  return { encode: (value) => Buffer.from(stringify(value)), decode: (bytes) => parse(bytes.toString()) };
}
