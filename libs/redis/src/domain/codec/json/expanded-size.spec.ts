import { describe, expect, it } from 'vitest';
import { failureNow } from '../../../../test/codec/support/errors-of.js';
import { ApplicationTypes } from './application-types.js';
import { Lowering } from './lowering.js';

const refusal = (value: unknown): string => failureNow(() => new Lowering(new ApplicationTypes()).lower(value)).message;

/** A value whose levels refer to the next one twice, and how often its innermost object was read. */
function doubled(levels: number, pair: (next: unknown) => unknown): { value: unknown; reads: () => number } {
  let count = 0;
  const leaf = {
    get at() {
      count++;
      return 'leaf';
    },
  };
  let value: unknown = leaf;
  for (let i = 0; i < levels; i++) value = pair(value);
  return { value, reads: () => count };
}

describe('lowering a value with shared objects', () => {
  const LIMIT = 4 * 1024 ** 2;
  const pairs: readonly (readonly [string, (next: unknown) => unknown])[] = [
    ['members', (next) => ({ a: next, b: next })],
    ['items', (next) => [next, next]],
    [
      'items of a Map',
      (next) =>
        new Map([
          [1, next],
          [2, next],
        ]),
    ],
    ['members next to dates', (next) => ({ a: next, b: next, at: new Date(0) })],
    ['items that are not neighbours', (next) => [next, 0, next]],
    ['what toJSON returns', (next) => ({ toJSON: () => ({ a: next, b: next }) })],
    [
      'the cause and the errors of an Error',
      (next) => Object.assign(new Error('e', { cause: next }), { errors: [next] }),
    ],
  ];

  it.each(pairs)('refuses it early if it is too large, in %s', (_, pair) => {
    const { value, reads } = doubled(60, pair);
    const lowering = new Lowering(new ApplicationTypes(), LIMIT);
    expect(failureNow(() => lowering.lower(value)).code).toBe('CODEC_TOO_LARGE');
    expect(reads()).toBeLessThan(2 ** 16);
  });

  it('refuses it early after many unshared objects', () => {
    const { value, reads } = doubled(60, (next) => ({ a: next, b: next }));
    const own = Array.from({ length: 50_000 }, () => ({ a: 1 }));
    const lowering = new Lowering(new ApplicationTypes(), LIMIT);
    expect(failureNow(() => lowering.lower([own, value])).code).toBe('CODEC_TOO_LARGE');
    expect(reads()).toBeLessThan(2 ** 16);
  });

  it.each(pairs)('accepts it within the limit, in %s', (_, pair) => {
    const { value } = doubled(12, pair);
    const lowered = new Lowering(new ApplicationTypes(), LIMIT).lower(value);
    expect(JSON.stringify(lowered).length).toBeLessThan(LIMIT);
  });

  it.each<[string, unknown]>([
    [
      'one long array',
      Array.from({ length: 1000 }, () => null).fill(Array.from({ length: 100_000 }, () => 1) as never),
    ],
    ['one long text', Array.from({ length: 100 }, () => 'x'.repeat(100_000))],
    ['one long text as a member', Array.from({ length: 100 }, () => ({ text: 'x'.repeat(100_000) }))],
    ['one Buffer', Array.from({ length: 100 }, () => null).fill(Buffer.alloc(100_000) as never)],
    ['nothing but itself', 'x'.repeat(5_000_000)],
  ])('refuses a value that is too large with %s', (_, value) => {
    const lowering = new Lowering(new ApplicationTypes(), LIMIT);
    expect(failureNow(() => lowering.lower(value))).toMatchObject({
      code: 'CODEC_TOO_LARGE',
      context: { limit: LIMIT },
    });
  });

  it('reports the path of a cycle among many shared objects', () => {
    const cycle: Record<string, unknown> = { big: doubled(14, (next) => [next, next]).value };
    cycle.self = { again: cycle };
    expect(refusal(cycle)).toBe('the value cannot be stored: $.self.again is part of itself (a cycle)');
  });

  it('reports the path of an unsupported value among many shared objects', () => {
    const value = { big: doubled(14, (next) => [next, next]).value, call: () => 1 };
    expect(refusal(value)).toBe('the value cannot be stored: $.call is a function');
  });

  it('never computes a size above that of the JSON', () => {
    const values = [
      doubled(14, (next) => ({ a: next, b: next })).value,
      doubled(14, (next) => [next, 1, null, true, next]).value,
    ];
    for (const value of values) {
      const { length } = JSON.stringify(value);
      expect(() => new Lowering(new ApplicationTypes(), length).lower(value)).not.toThrow();
    }
  });
});
