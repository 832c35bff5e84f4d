import { randomBytes, type KeyObject } from 'node:crypto';
import type { Clock } from '../../common/clock.js';
import { HALF_NONCE_BYTES, type XaesKey } from './xaes-256-gcm.js';

/** An epoch ends after so many seals: two of its random second halves are equal with a chance of 2^-37 at most. */
export const EPOCH_SEALS = 2 ** 30;
/** An epoch ends at this age. */
export const EPOCH_MS = 60 * 60 * 1000;

/** A first half of nonces and the subkey that belongs to it. */
export interface Epoch {
  readonly firstHalf: Buffer;
  readonly subkey: KeyObject;
}

/**
 * The first halves of a key's nonces: random, and kept for a while, so that a subkey is derived once for many seals. Each
 * process and each ring draws its own.
 */
export class SealingEpochs {
  private epoch: Epoch | undefined;
  private startedMs = 0;
  private seals = 0;

  constructor(
    private readonly key: XaesKey,
    private readonly clock: Clock,
    private readonly maxSeals = EPOCH_SEALS,
  ) {}

  /** The epoch of the next seal, which is counted. */
  next(): Epoch {
    const nowMs = this.clock.monotonicMs();
    let { epoch } = this;
    if (epoch === undefined || this.seals >= this.maxSeals || nowMs - this.startedMs >= EPOCH_MS) {
      const firstHalf = randomBytes(HALF_NONCE_BYTES);
      epoch = { firstHalf, subkey: this.key.subkey(firstHalf) };
      this.epoch = epoch;
      this.startedMs = nowMs;
      this.seals = 0;
    }
    this.seals++;
    return epoch;
  }
}
