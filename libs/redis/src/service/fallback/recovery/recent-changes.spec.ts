import { beforeEach, describe, expect, test } from 'vitest';
import { VirtualTime } from '../../../../test/support/virtual-time.js';
import type { JournalChange } from '../journal/journal-change.js';
import { RecentChanges } from './recent-changes.js';

let time: VirtualTime;
let recent: RecentChanges;

beforeEach(() => {
  time = new VirtualTime();
  recent = new RecentChanges(time.clock);
});

const keyed = (key: string): JournalChange => ({ kind: 'key', key });

describe('the recent changes', () => {
  test('are those since 30 s before a moment', async () => {
    recent.add(keyed('old'));
    await time.advance(1);
    recent.add(keyed('kept'));
    await time.advance(30_000);
    const lossMs = time.clock.monotonicMs();
    expect(recent.since(lossMs)).toEqual([keyed('kept')]);
    await time.advance(60_000);
    recent.add(keyed('later'));
    expect(recent.since(lossMs)).toEqual([keyed('kept'), keyed('later')]);
  });

  test('are unknown if more were made in this time than are kept', async () => {
    recent.add(keyed('old'));
    await time.advance(31_000);
    for (let i = 0; i < 10_000; i++) recent.add(keyed(`k${i}`));
    // The change that made place is too old to matter, but the oldest one that is left is not.
    expect(recent.since(time.clock.monotonicMs())).toBeUndefined();
    await time.advance(30_001);
    expect(recent.since(time.clock.monotonicMs())).toEqual([]);
  });

  test('replace the oldest ones beyond 10,000', async () => {
    for (let i = 0; i < 10_000; i++) recent.add(keyed(`old${i}`));
    await time.advance(30_001);
    for (let i = 0; i < 9999; i++) recent.add(keyed(`k${i}`));
    const changes = recent.since(time.clock.monotonicMs());
    expect(changes).toHaveLength(9999);
    expect(changes).toContainEqual(keyed('k9998'));
  });
});
