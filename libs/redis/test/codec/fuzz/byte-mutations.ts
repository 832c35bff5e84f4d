import type { FuzzRandom } from './fuzz-random.js';

type Mutation = (bytes: Buffer, random: FuzzRandom) => Buffer;

const ODD_BYTES = [
  0, 1, 2, 3, 4, 0x10, 0x11, 0x12, 0x13, 0x22, 0x3f, 0x40, 0x7f, 0x80, 0x8f, 0x90, 0xc0, 0xc1, 0xdf, 0xff,
];
const ODD_NUMBERS = [0, 1, 0x7f, 0xff, 0x100, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff];

/** Words of tables, JSON texts and prototypes. */
const WORDS = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'length',
  'hasOwnProperty',
  'toJSON',
  'undefined',
  'number',
  'bigint',
  'date',
  'map',
  'set',
  'regexp',
  'url',
  'buffer',
  'arraybuffer',
  'error',
  'int8array',
  'float64array',
  'bigint64array',
  'app:money',
  'app:',
  'NaN',
  '-0',
  'Infinity',
  'null',
  'true',
  '"',
  '[0,1]',
  '[1,0]',
  '[0,99]',
  '[',
  ']',
  '{',
  '}',
  ',',
  ':',
  '\\',
  '\\u0000',
  '\\ud800',
  '9'.repeat(30),
  '1e999',
  '-',
  '\uFEFF',
  '\uFFFD',
];

/** A random offset; in half of the cases near the beginning, where the header is. */
function offset(bytes: Buffer, random: FuzzRandom): number {
  return random.below(random.onceIn(2) ? Math.min(bytes.length, 24) : bytes.length);
}

function replaced(bytes: Buffer, at: number, count: number, by: Uint8Array): Buffer {
  return Buffer.concat([bytes.subarray(0, at), by, bytes.subarray(at + count)]);
}

const MUTATIONS: readonly Mutation[] = [
  (bytes, random) => {
    const at = offset(bytes, random);
    return replaced(bytes, at, 1, Buffer.from([(bytes[at] ?? 0) ^ (1 << random.below(8))]));
  },
  (bytes, random) => replaced(bytes, offset(bytes, random), 1, random.bytes(1)),
  (bytes, random) => replaced(bytes, offset(bytes, random), 1, Buffer.from([random.pick(ODD_BYTES)])),
  (bytes, random) => {
    const number = Buffer.alloc(4);
    number.writeUInt32BE(random.pick(ODD_NUMBERS));
    const count = random.pick([1, 2, 4]);
    return replaced(bytes, offset(bytes, random), random.onceIn(2) ? count : 0, number.subarray(4 - count));
  },
  (bytes, random) => bytes.subarray(0, random.below(bytes.length + 1)),
  (bytes, random) => bytes.subarray(random.below(bytes.length + 1)),
  (bytes, random) => replaced(bytes, offset(bytes, random), random.length(bytes.length), Buffer.alloc(0)),
  (bytes, random) => replaced(bytes, offset(bytes, random), 0, random.bytes(random.length(64))),
  (bytes, random) => Buffer.concat([bytes, random.bytes(random.length(64))]),
  (bytes, random) => replaced(bytes, offset(bytes, random), random.below(12), Buffer.from(random.pick(WORDS))),
  (bytes, random) => {
    const from = offset(bytes, random);
    return replaced(bytes, offset(bytes, random), 0, bytes.subarray(from, from + random.length(64)));
  },
  (bytes, random) => {
    const digit = bytes.findIndex((byte, i) => i >= random.below(bytes.length) && byte >= 0x30 && byte <= 0x39);
    return digit < 0 ? bytes : replaced(bytes, digit, 1, Buffer.from(String(random.below(20) - 1)));
  },
];

/** Returns a copy of the bytes with one change, sometimes with several. */
export function mutated(bytes: Buffer, random: FuzzRandom): Buffer {
  let result = Buffer.from(bytes);
  for (let left = random.onceIn(3) ? random.length(8) : 1; left > 0; left--) {
    result = Buffer.from(random.pick(MUTATIONS)(result, random));
  }
  return result;
}
