import { describe, expect, it } from 'vitest';
import { ApplicationTypes } from './application-types.js';
import { Lowering } from './lowering.js';
import { isWithinSteps } from './table-steps.js';

describe('isWithinSteps', () => {
  it('is true for 65 536 steps plus one step for each byte', () => {
    expect(isWithinSteps([['date', [0, 65_534]]], 0)).toBe(true);
    expect(isWithinSteps([['date', [0, 65_535]]], 0)).toBe(false);
    expect(isWithinSteps([['date', [0, 65_535]]], 1)).toBe(true);
  });

  it('multiplies nested ranges', () => {
    expect(isWithinSteps([['date', [0, 999], [0, 999]]], 900_000)).toBe(false);
    expect(isWithinSteps([['date', [0, 999], [0, 999]]], 1_000_000)).toBe(true);
  });

  it('adds up the entries', () => {
    const entry = ['date', [0, 999]];
    expect(
      isWithinSteps(
        Array.from({ length: 65 }, () => entry),
        0,
      ),
    ).toBe(true);
    expect(
      isWithinSteps(
        Array.from({ length: 66 }, () => entry),
        0,
      ),
    ).toBe(false);
  });

  it.each([[[null]], [[5]], [['date']], [[[]]], [[['date', []]]], [[['date', [0]]]], [[['date', ['a', 'b']]]]])(
    'takes what is no entry or no range for a step: %j',
    (table) => expect(isWithinSteps(table, 0)).toBe(true),
  );

  it('is true for tables that Lowering writes for ordinary values', () => {
    const record = (i: number): object => ({
      id: i,
      at: new Date(i),
      meta: { tags: new Set(['a']), by: new Map([['k', { n: BigInt(i), at: new Date(i) }]]), gaps: [undefined, NaN] },
    });
    const lowering = new Lowering(new ApplicationTypes());
    const json = lowering.lower(Array.from({ length: 50_000 }, (_, i) => record(i)));
    expect(isWithinSteps(lowering.table, JSON.stringify(json).length)).toBe(true);
  });
});
