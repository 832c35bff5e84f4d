import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../../common/clock.js';
import type { CheckedKey } from './key-set.js';
import { RandomPool } from './random-pool.js';
import { SealingEpochs } from './sealing-epochs.js';
import { HALF_NONCE_BYTES, TAG_BYTES, XaesKey, gcmOpen, gcmSeal } from './xaes-256-gcm.js';

export const KID_BYTES = 4;
export const NONCE_BYTES = 2 * HALF_NONCE_BYTES;
/** The number of bytes that sealing adds to the plaintext: kid, nonce and tag. */
export const SEALED_BYTES = KID_BYTES + NONCE_BYTES + TAG_BYTES;

/** Maximum number of cached subkeys for opening: one for each process and epoch that sealed the values. */
const MAX_OPENING_SUBKEYS = 1024;
const SECOND_HALF = KID_BYTES + HALF_NONCE_BYTES;
const BODY = KID_BYTES + NONCE_BYTES;

/** One pool for all keys of a thread. */
const secondHalves = new RandomPool();

/**
 * One key of the ring, for one tenant: seals and opens values. Its value key is HKDF-SHA256(secret, empty salt, info
 * "v1:value:" + tenant), 32 bytes. The first half of the nonce is the epoch's, the second is random at every seal.
 */
export class RingKey {
  readonly kid: number;
  private readonly xaes: XaesKey;
  private readonly epochs: SealingEpochs;
  private readonly subkeys = new LRUCache<string, KeyObject>({ max: MAX_OPENING_SUBKEYS });

  constructor({ kid, secret }: CheckedKey, tenant: string, clock: Clock) {
    const valueKey = Buffer.from(hkdfSync('sha256', secret, '', `v1:value:${tenant}`, 32));
    this.kid = kid;
    this.xaes = new XaesKey(createSecretKey(valueKey));
    this.epochs = new SealingEpochs(this.xaes, clock);
    valueKey.fill(0);
  }

  /** Writes kid, nonce, ciphertext and tag into `to` from `offset` on: `plain.length + SEALED_BYTES` bytes. */
  seal(associated: Uint8Array, plain: Uint8Array, to: Buffer, offset: number): void {
    const { firstHalf, subkey } = this.epochs.next();
    to.writeUInt32BE(this.kid, offset);
    to.set(firstHalf, offset + KID_BYTES);
    secondHalves.copyTo(to, offset + SECOND_HALF, HALF_NONCE_BYTES);
    gcmSeal(subkey, to.subarray(offset + SECOND_HALF, offset + BODY), associated, plain, to, offset + BODY);
  }

  /** Opens at least SEALED_BYTES and returns the plaintext, or undefined if the authentication fails. */
  open(associated: Uint8Array, sealed: Buffer): Buffer | undefined {
    const name = sealed.toString('latin1', KID_BYTES, SECOND_HALF);
    const cached = this.subkeys.get(name);
    const subkey = cached ?? this.xaes.subkey(sealed.subarray(KID_BYTES, SECOND_HALF));
    const plain = gcmOpen(subkey, sealed.subarray(SECOND_HALF, BODY), associated, sealed.subarray(BODY));
    // Caches a subkey only after it opened a value, so that forged nonces cannot evict the others.
    if (cached === undefined && plain !== undefined) this.subkeys.set(name, subkey);
    return plain;
  }
}
