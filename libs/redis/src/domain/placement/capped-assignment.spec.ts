import { describe, expect, test } from 'vitest';
import { assignWithinCaps } from './capped-assignment.js';
import { SLOT_COUNT } from './slots.js';

const costs = (cost: (slot: number) => number): Int32Array =>
  Int32Array.from({ length: SLOT_COUNT }, (_, slot) => cost(slot));

function counts(assigned: Uint16Array, candidates: number): number[] {
  return Array.from({ length: candidates }, (_, at) => assigned.filter((each) => each === at).length);
}

describe('assignWithinCaps', () => {
  test('assigns each slot to its cheapest candidate if the caps permit it', () => {
    const assigned = assignWithinCaps([
      { costs: costs((slot) => slot), cap: SLOT_COUNT },
      { costs: costs((slot) => SLOT_COUNT - slot), cap: SLOT_COUNT },
    ]);
    expect(counts(assigned, 2)).toEqual([SLOT_COUNT / 2 + 1, SLOT_COUNT / 2 - 1]);
    expect(assigned[0]).toBe(0);
    expect(assigned[SLOT_COUNT - 1]).toBe(1);
  });

  test('moves the slots that lose least by it from a candidate above its cap', () => {
    const assigned = assignWithinCaps([
      { costs: costs(() => 0), cap: 1000 },
      { costs: costs((slot) => slot + 1), cap: SLOT_COUNT },
    ]);
    expect(counts(assigned, 2)).toEqual([1000, SLOT_COUNT - 1000]);
    expect(assigned.slice(SLOT_COUNT - 1000).every((at) => at === 0)).toBe(true);
  });

  test('ends if all costs are equal and no candidate may own more than its part', () => {
    const candidates = Array.from({ length: 4 }, () => ({ costs: costs(() => 0), cap: SLOT_COUNT / 4 }));
    expect(counts(assignWithinCaps(candidates), 4)).toEqual(Array.from({ length: 4 }, () => SLOT_COUNT / 4));
  });
});
