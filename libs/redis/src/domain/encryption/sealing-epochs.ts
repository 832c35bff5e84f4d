import { randomBytes, type KeyObject } from 'node:crypto';
import type { Clock } from '../../common/clock.js';
import { HALF_NONCE_BYTES, type XaesKey } from './xaes-256-gcm.js';

/**
 * Maximum number of seals of an epoch. Two of their random second halves are equal with a probability of at most 2^-37.
 */
export const EPOCH_SEALS = 2 ** 30;
/** Maximum age of an epoch. */
export const EPOCH_MS = 60 * 60 * 1000;

/** The first half of nonces, and the subkey derived from it. */
export interface Epoch {
  readonly firstHalf: Buffer;
  readonly subkey: KeyObject;
}

/**
 * Provides the first halves of a key's nonces. A first half is random and reused for one epoch, so that its subkey is
 * derived once for many seals. Each process and each ring draws its own.
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

  /** Counts one seal and returns its epoch. */
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
