import type { FuzzRandom } from './fuzz-random.js';

const NAMES = [
  'a',
  'b',
  '',
  '0',
  '__proto__',
  'constructor',
  'prototype',
  'length',
  'name',
  'message',
  'cause',
  'errors',
  'toJSON',
];
const KINDS = [
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
  'uint16array',
  'float64array',
  'bigint64array',
  'app:money',
  'app:other',
  'constructor',
  '__proto__',
  'temporal',
];
const TEXTS = [
  '',
  'NaN',
  '-0',
  'Infinity',
  '__proto__',
  'constructor',
  '5',
  '-12345678901234567890',
  '0x10',
  'AAAA',
  'AAAAAAAAAAA=',
  '(',
  '[z-a]',
  'gi',
  'https://a/b?c',
  'http://',
  'Error',
  'RangeError',
  'AggregateError',
  '\ud800',
  '\u0000',
  '\uFFFD',
];
const NUMBERS = [0, -1, 1, 0.5, 2 ** 31, 2 ** 53, 8.64e15, 8.64e15 + 1, 1e308, -1e308, 4294967295];

/** A JSON value with unusual names, numbers and texts. */
export function madeUpJson(random: FuzzRandom, levels = 4): unknown {
  const shape = random.below(levels > 0 ? 10 : 6);
  if (shape < 3) return random.pick(TEXTS);
  if (shape < 5) return random.pick(NUMBERS);
  if (shape < 6) return random.pick([null, true, false]);
  const parts = Array.from({ length: random.below(5) }, () => madeUpJson(random, levels - 1));
  if (shape < 8) return parts;
  if (shape < 9) return parts.map((part) => [part, madeUpJson(random, levels - 1)]);
  // From entries, so that a name like `__proto__` becomes a member.
  return Object.fromEntries(parts.map((part) => [random.pick(NAMES), part]));
}

/** A table whose paths are valid, or almost valid, in the value. */
export function madeUpTable(value: unknown, random: FuzzRandom): unknown {
  if (random.onceIn(30)) return madeUpJson(random, 2);
  const entries = Array.from({ length: random.below(6) }, () => [random.pick(KINDS), ...pathInto(value, random)]);
  return entries.sort((a, b) => (random.onceIn(6) ? 1 : b.length - a.length));
}

function pathInto(value: unknown, random: FuzzRandom): unknown[] {
  if (random.onceIn(12)) return [random.pick<unknown>([...NAMES, 0, -1, 1.5, 2 ** 32, null, {}, []])];
  if (typeof value !== 'object' || value === null || random.onceIn(4)) return [];
  const names = Object.keys(value);
  if (names.length === 0) return [];
  const name = random.pick(names);
  const step = Array.isArray(value) && !random.onceIn(10) ? Number(name) : name;
  return [step, ...pathInto((value as Record<string, unknown>)[name], random)];
}
