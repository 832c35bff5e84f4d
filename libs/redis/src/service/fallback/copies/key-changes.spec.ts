import { beforeEach, describe, expect, test } from 'vitest';
import { KeyChanges } from './key-changes.js';

let changes: KeyChanges;

beforeEach(() => {
  changes = new KeyChanges();
});

function changeOthers(count: number): void {
  for (let i = 0; i < count; i++) changes.add(`other:${i}`);
}

describe('KeyChanges', () => {
  test('knows which keys changed since a moment', () => {
    changes.add('before');
    const { count } = changes;
    changes.add('after');
    expect(['before', 'after', 'never'].map((key) => changes.isUnchanged(key, count))).toEqual([true, false, true]);
  });

  test('takes every key for changed after a change of any key', () => {
    const { count } = changes;
    changes.addAll();
    expect(changes.isUnchanged('k', count)).toBe(false);
    expect(changes.isUnchanged('k', changes.count)).toBe(true);
  });

  test('remembers a change during a thousand later ones', () => {
    const { count } = changes;
    changes.add('k');
    changeOthers(1000);
    expect(['k', 'never'].map((key) => changes.isUnchanged(key, count))).toEqual([false, true]);
  });

  test('takes a key for changed if it does not remember the changes since then', () => {
    const { count } = changes;
    changes.add('k');
    changeOthers(10_000);
    expect(['k', 'never'].map((key) => changes.isUnchanged(key, count))).toEqual([false, false]);
  });

  test('never takes a changed key for unchanged, whatever was forgotten', () => {
    for (let others = 0; others < 4000; others += 37) {
      const { count } = changes;
      changes.add('k');
      changeOthers(others);
      expect(changes.isUnchanged('k', count)).toBe(false);
    }
  });
});
