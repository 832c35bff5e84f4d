import { createCipheriv, createDecipheriv, createSecretKey, type Cipher, type KeyObject } from 'node:crypto';

/**
 * XAES-256-GCM has a key of 32 bytes and a nonce of 24 bytes. The subkey is derived from the first half; the second
 * half is the nonce of AES-GCM.
 */
export const HALF_NONCE_BYTES = 12;
/** The full length of the authentication tag. */
export const TAG_BYTES = 16;

const GCM = { authTagLength: TAG_BYTES };
const BLOCK_BYTES = 16;

/**
 * A key of XAES-256-GCM: derives the AES-256-GCM subkey of each first half of a nonce (NIST SP 800-108 in counter mode
 * over CMAC, which for one block is a single AES call for each half of the subkey).
 * @see https://c2sp.org/XAES-256-GCM
 */
export class XaesKey {
  /** ECB keeps no state between updates, so one object serves every derivation. */
  private readonly aes: Cipher;
  private readonly k1: Buffer;

  /** @param key 32 bytes. */
  constructor(key: KeyObject) {
    this.aes = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false);
    this.k1 = doubled(this.aes.update(Buffer.alloc(BLOCK_BYTES)));
  }

  /** Derives the subkey of every nonce that begins with these 12 bytes. */
  subkey(firstHalf: Uint8Array): KeyObject {
    const blocks = Buffer.alloc(2 * BLOCK_BYTES);
    for (const [at, counter] of [1, 2].entries()) {
      const block = blocks.subarray(at * BLOCK_BYTES, (at + 1) * BLOCK_BYTES);
      block[1] = counter;
      block[2] = 0x58; // 'X'
      block.set(firstHalf, BLOCK_BYTES - HALF_NONCE_BYTES);
      for (let i = 0; i < BLOCK_BYTES; i++) block[i]! ^= this.k1[i]!;
    }
    const derived = this.aes.update(blocks);
    const subkey = createSecretKey(derived);
    derived.fill(0);
    return subkey;
  }
}

/** Writes ciphertext and tag into `to` from `offset` on. Never seal twice with the same subkey and second half. */
export function gcmSeal(
  subkey: KeyObject,
  secondHalf: Uint8Array,
  associated: Uint8Array,
  plain: Uint8Array,
  to: Buffer,
  offset: number,
): void {
  const cipher = createCipheriv('aes-256-gcm', subkey, secondHalf, GCM);
  cipher.setAAD(associated);
  // GCM is a stream cipher: `update` returns the whole ciphertext, and `final` only computes the tag.
  to.set(cipher.update(plain), offset);
  cipher.final();
  to.set(cipher.getAuthTag(), offset + plain.length);
}

/** Returns the plaintext, or undefined if the authentication fails. `sealed` is ciphertext and tag. */
export function gcmOpen(
  subkey: KeyObject,
  secondHalf: Uint8Array,
  associated: Uint8Array,
  sealed: Uint8Array,
): Buffer | undefined {
  const end = sealed.length - TAG_BYTES;
  const decipher = createDecipheriv('aes-256-gcm', subkey, secondHalf, GCM);
  decipher.setAAD(associated);
  decipher.setAuthTag(sealed.subarray(end));
  const plain = decipher.update(sealed.subarray(0, end));
  try {
    decipher.final();
  } catch {
    return undefined;
  }
  return plain;
}

/** Multiplies by x in GF(2^128), which derives subkey K1 of CMAC. */
function doubled(block: Buffer): Buffer {
  const result = Buffer.alloc(BLOCK_BYTES);
  for (let i = 0; i < BLOCK_BYTES; i++) result[i] = (block[i]! << 1) | ((block[i + 1] ?? 0) >> 7);
  if (block[0]! & 0x80) result[BLOCK_BYTES - 1]! ^= 0x87;
  return result;
}
