import { createSecretKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { EPOCH_MS, EPOCH_SEALS, SealingEpochs } from './sealing-epochs.js';
import { XaesKey } from './xaes-256-gcm.js';

function setUp(maxSeals?: number) {
  const clock = { nowMs: 0, monotonicMs: () => clock.nowMs, wallMs: () => 0 };
  const key = new XaesKey(createSecretKey(Buffer.alloc(32, 5)));
  return { clock, key, epochs: new SealingEpochs(key, clock, maxSeals) };
}

describe('the epochs of a sealing key', () => {
  it('keep the first half of the nonce and its subkey for many seals', () => {
    const { key, epochs } = setUp();
    const epoch = epochs.next();
    expect(epoch.firstHalf).toHaveLength(12);
    expect(epoch.subkey.equals(key.subkey(epoch.firstHalf))).toBe(true);
    for (let i = 0; i < 1000; i++) expect(epochs.next()).toBe(epoch);
  });

  it('end after EPOCH_MS', () => {
    const { clock, epochs } = setUp();
    clock.nowMs = 5000;
    const epoch = epochs.next();
    clock.nowMs += EPOCH_MS - 1;
    expect(epochs.next()).toBe(epoch);
    clock.nowMs += 1;
    const later = epochs.next();
    expect(later.firstHalf).not.toEqual(epoch.firstHalf);
    expect(later.subkey.equals(epoch.subkey)).toBe(false);
    clock.nowMs += EPOCH_MS - 1;
    expect(epochs.next()).toBe(later);
  });

  it('end after the maximum number of seals', () => {
    const { epochs } = setUp(3);
    const seals = Array.from({ length: 7 }, () => epochs.next());
    expect(seals.map((epoch) => seals.indexOf(epoch))).toEqual([0, 0, 0, 3, 3, 3, 6]);
  });

  it('last an hour or 2^30 seals, as the bound on equal nonces assumes', () => {
    expect([EPOCH_MS, EPOCH_SEALS]).toEqual([3_600_000, 1_073_741_824]);
  });

  it('differ between two rings of the same key', () => {
    const { clock, key, epochs } = setUp();
    expect(new SealingEpochs(key, clock).next().firstHalf).not.toEqual(epochs.next().firstHalf);
  });
});
