import { Money } from '../support/money.js';
import type { FuzzRandom } from './fuzz-random.js';
import { madeUpJson } from './made-up-values.js';

type Make = (random: FuzzRandom, levels: number) => unknown;

const many = (random: FuzzRandom, levels: number): unknown[] =>
  Array.from({ length: random.below(4) }, () => madeUpRich(random, levels - 1));
const memory = (random: FuzzRandom): ArrayBuffer => new Uint8Array(random.bytes(8 * random.below(4))).buffer;
const bigint = (random: FuzzRandom): bigint => BigInt(`0x${random.bytes(random.length(40)).toString('hex')}`);

const LEAVES: readonly Make[] = [
  (random) => madeUpJson(random, 1),
  (random) => random.pick([undefined, NaN, Infinity, -Infinity, -0]),
  (random) => (random.onceIn(2) ? bigint(random) : -bigint(random)),
  (random) => new Date(random.onceIn(9) ? NaN : random.below(2 ** 43) - 2 ** 42),
  (random) => Buffer.from(memory(random)),
  (random) => random.bytes(random.length(80)).toString('utf16le'),
  (random) => memory(random),
  (random) => {
    const TypedArray = random.pick([Uint8Array, Int16Array, Uint32Array, Float32Array, Float64Array, BigInt64Array]);
    return new TypedArray(memory(random));
  },
  (random) => random.pick([/a+/, /[\u{1F600}]/gu, /(?<n>x)\k<n>/i]),
  (random) => new URL(random.pick(['https://a.example/b?c#d', 'data:text/plain,x', 'file:///x'])),
  (random) => new Money(bigint(random), 'EUR'),
];

const CONTAINERS: readonly Make[] = [
  (random, levels) => many(random, levels),
  (random, levels) => new Set(many(random, levels)),
  (random, levels) => new Map(many(random, levels).map((key) => [key, madeUpRich(random, levels - 1)])),
  (random, levels) => {
    const names = ['a', '', '0', '__proto__', 'constructor', 'toJSON', '\ud800'];
    return Object.fromEntries(many(random, levels).map((member) => [random.pick(names), member]));
  },
  (random, levels) => new RangeError('made up', { cause: madeUpRich(random, levels - 1) }),
  (random, levels) => Object.assign(new AggregateError(many(random, levels), 'made up'), { name: 'MadeUpError' }),
];

/** A value of any kind that can be stored. */
export function madeUpRich(random: FuzzRandom, levels = 4): unknown {
  const makers = levels > 0 && random.onceIn(2) ? CONTAINERS : LEAVES;
  return random.pick(makers)(random, levels);
}
