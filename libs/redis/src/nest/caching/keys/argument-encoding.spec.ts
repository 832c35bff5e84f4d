import { describe, expect, test } from 'vitest';
import { encodeArguments } from './argument-encoding.js';

const circular: { self?: unknown } = {};
circular.self = circular;

class Money {
  readonly #amount: number;
  constructor(amount: number) {
    this.#amount = amount;
  }
  amount(): number {
    return this.#amount;
  }
}
class Cents extends Date {}

/** Lists of arguments that a method can tell apart. */
const DIFFERENT: readonly (readonly unknown[])[] = [
  [],
  [undefined],
  [undefined, undefined],
  [null],
  ['null'],
  ['undefined'],
  [''],
  ['a:b', 'c'],
  ['a', 'b:c'],
  ['a,b'],
  ['a', 'b'],
  [['a', 'b']],
  ['"'],
  ['\\"'],
  ['\ud800'],
  ['\\ud800'],
  [0],
  [-0],
  ['0'],
  [0n],
  [1],
  [1n],
  ['1n'],
  [true],
  ['true'],
  [NaN],
  ['NaN'],
  [Infinity],
  [-Infinity],
  [new Date(0)],
  [new Date(1)],
  [new Date(NaN)],
  [new Date(0).toISOString()],
  [{}],
  [[]],
  [new Map()],
  [new Set()],
  [new Map([['a', 1]])],
  [new Map([['a', '1']])],
  [new Set(['a', 1])],
  [new Set([1, 'a'])],
  [['a', 1]],
  [{ a: 1 }],
  [{ a: undefined }],
  [{ a: { b: 1 } }],
  [{ 'a.b': 1 }],
  [Buffer.from('a')],
  [new Uint8Array([97, 0])],
  [new Uint16Array([97])],
  [new URL('https://example.com/a')],
  ['https://example.com/a'],
];

describe('the encoding of arguments', () => {
  test('is different for every two different lists of arguments', () => {
    const texts = DIFFERENT.map((args) => encodeArguments(args));
    expect(new Set(texts).size).toBe(DIFFERENT.length);
  });

  test('is the same for objects with the same members in another order', () => {
    expect(encodeArguments([{ b: 2, a: { d: 1, c: 2 } }])).toBe(encodeArguments([{ a: { c: 2, d: 1 }, b: 2 }]));
    expect(encodeArguments([Object.assign(Object.create(null), { a: 1 })])).toBe(encodeArguments([{ a: 1 }]));
  });

  test('contains no braces of its own, from which a Redis Cluster would derive the slot', () => {
    expect(encodeArguments([{ a: { b: [{}] } }, new Map([[{}, {}]]), new Set([{}])])).not.toMatch(/[{}]/);
  });

  test('is well-formed text for half a surrogate pair', () => {
    expect(encodeArguments(['\ud800']).isWellFormed()).toBe(true);
  });

  test.each([
    ['a function', () => 1],
    ['a symbol', Symbol('secret')],
    ['an instance of a class', new Money(1)],
    ['an instance of a subclass of Date', new Cents(0)],
    ['a promise', Promise.resolve('secret')],
    ['a member named by a symbol', { [Symbol('secret')]: 1 }],
    ['a circular object', circular],
    ['an error', new Error('secret')],
  ])('refuses %s without revealing it', (_, value) => {
    expect(() => encodeArguments(['secret', { value }])).toThrow(
      expect.objectContaining({ code: 'KEY_INVALID', message: expect.not.stringContaining('secret') }),
    );
  });
});
