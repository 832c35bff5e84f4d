import { describe, expect, test } from 'vitest';
import { SLOT_COUNT } from '../../../domain/placement/slots.js';
import { SeenSlots } from './seen-slots.js';
import { SlotOwners } from './slot-owners.js';

function ownersOf(share: (slot: number) => string | undefined): SlotOwners {
  return SlotOwners.from(
    Array.from({ length: SLOT_COUNT }, (_, slot) => {
      const owner = share(slot);
      return owner === undefined ? undefined : [owner, `replica of ${owner}`];
    }),
  );
}

const halves = ownersOf((slot) => (slot < 8000 ? 'a' : 'b'));

describe('slot owners', () => {
  test('list each master once, in the order of the slots', () => {
    expect(halves.masters).toEqual(['a', 'b']);
    expect([halves.of(7999), halves.of(8000)]).toEqual(['a', 'b']);
  });

  test('may be empty, and then no node is left to visit', () => {
    expect(SlotOwners.from([]).masters).toEqual([]);
    expect(new SeenSlots().nextIn(SlotOwners.from([]))).toBeUndefined();
  });
});

describe('seen slots', () => {
  test('return each node that was not visited, and then undefined', () => {
    const seen = new SeenSlots();
    expect(seen.nextIn(halves)).toBe('a');
    seen.add('a', halves);
    expect(seen.nextIn(halves)).toBe('b');
    seen.add('b', halves);
    expect(seen.nextIn(halves)).toBeUndefined();
  });

  test('return a node again when a single slot has moved to it', () => {
    const seen = new SeenSlots();
    seen.add('a', halves);
    seen.add('b', halves);
    expect(seen.nextIn(ownersOf((slot) => (slot < 8001 ? 'a' : 'b')))).toBe('a');
    expect(seen.nextIn(ownersOf((slot) => (slot < 8000 ? 'c' : 'b')))).toBe('c');
  });

  test('count for the node that owned them when the visit began', () => {
    const seen = new SeenSlots();
    seen.add('a', halves);
    seen.add('b', halves);
    const grown = ownersOf((slot) => (slot < 9000 ? 'a' : 'b'));
    expect(seen.nextIn(grown)).toBe('a');
    seen.add('a', grown);
    expect(seen.nextIn(grown)).toBeUndefined();
    expect(seen.nextIn(halves)).toBe('b');
  });
});
