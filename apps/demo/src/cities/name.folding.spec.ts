import { describe, expect, it } from 'vitest';
import { foldName } from './name.folding.js';

describe('foldName', () => {
  it.each([
    ['Zürich', 'zurich'],
    ['ŁÓDŹ', 'lodz'],
    ['Yangī Qal‘ah', 'yangi qalah'],
    ["L'Aquila", 'laquila'],
    ['  San   José ', 'san jose'],
    ['Gießen', 'giessen'],
    ['東京', '東京'],
  ])('turns %s into %s', (name, folded) => {
    expect(foldName(name)).toBe(folded);
  });

  it('leaves a folded name unchanged', () => {
    expect(foldName(foldName('İstanbul'))).toBe(foldName('İstanbul'));
  });
});
