import { beforeEach, describe, expect, test } from 'vitest';
import { virtualState, type VirtualState } from '../../../../test/support/fallback-state.js';
import { settled } from '../../../../test/support/virtual-time.js';
import { ReadStarts } from './read-start.js';

let time: VirtualState['time'];
let state: VirtualState['state'];
let starts: ReadStarts;

beforeEach(() => {
  ({ time, state } = virtualState());
  starts = new ReadStarts(state);
});

describe('ReadStarts', () => {
  test('gives the same start to reads that are sent together', () => {
    expect(starts.of('a')).toBe(starts.of('b'));
  });

  test('takes the time again for later reads', async () => {
    const first = starts.of('k');
    await settled();
    await time.advance(5);
    expect(starts.of('k').sentMs - first.sentMs).toBe(5);
  });

  test.each([
    ['a change', () => state.drop(['k'])],
    ['the loss of a connection', () => state.outage.lost()],
    ['the replay of a flush', () => void state.replayedVersions++],
  ])('gives another one after %s', (_, happen) => {
    const first = starts.of('k');
    happen();
    expect(starts.of('k')).not.toBe(first);
  });

  test('tells whether the key is in the journal', () => {
    state.journal.add({ kind: 'key', key: 'a' });
    expect(['a', 'b'].map((key) => starts.of(key).wasInJournal)).toEqual([true, false]);
  });
});
