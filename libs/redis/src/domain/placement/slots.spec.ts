import { describe, expect, test } from 'vitest';
import { groupBySlot, SLOT_COUNT, slotOf, textOfEachSlot } from './slots.js';

describe('slotOf', () => {
  // Results of CLUSTER KEYSLOT on a server.
  test.each([
    ['foo', 12_182],
    ['123456789', 12_739],
    ['{user1000}.following', 3443],
    ['foo{}{bar}', 8363],
    ['foo{{bar}}zap', 4015],
    ['foo{}bar}baz', 12_438],
    ['{}x', 10_595],
    ['a{b', 13_340],
    ['}{a}', 15_495],
    ['{a}{b}', 15_495],
  ])('%s', (key, slot) => {
    expect(slotOf(key)).toBe(slot);
  });

  test('returns the same slot for text and for its bytes', () => {
    for (const key of ['schlüssel', '漢字', '🔑', ' a b\r\n', 'a\u0000b']) {
      expect(slotOf(Buffer.from(key))).toBe(slotOf(key));
      expect(slotOf(key)).toBeLessThan(SLOT_COUNT);
    }
  });
});

describe('groupBySlot', () => {
  test('keeps the order of keys and duplicates', () => {
    expect(groupBySlot(['{a}1', 'b', '{a}2', 'b', '{a}1'])).toEqual([
      ['{a}1', '{a}2', '{a}1'],
      ['b', 'b'],
    ]);
  });

  test('returns no groups for no keys', () => {
    expect(groupBySlot([])).toEqual([]);
  });
});

describe('textOfEachSlot', () => {
  test.each(['', 'b:~l:{'])('returns a text for each of the 16384 slots, after %j', (start) => {
    const texts = textOfEachSlot(start);
    expect(texts.map((text) => slotOf(start + text))).toEqual(Array.from({ length: SLOT_COUNT }, (_, slot) => slot));
    expect(textOfEachSlot(start)).toBe(texts);
  });
});
