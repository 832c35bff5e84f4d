import { RedisInfraError } from '../../common/redis-infra.error.js';
import { isCount, isPlainCount } from '../../domain/codec/plain-count.js';
import type { Decoded, EntryMeta } from '../../domain/value-codec.js';

/** Attempts of `expire` while others keep changing the value. */
const MAX_ATTEMPTS = 3;

/** The operations on one key that `expireSealed` needs, within the limits of the call. */
export interface SealedKey {
  /** Counters are stored as plain text. */
  readonly counts: boolean;
  /** The stored bytes; null if the key is absent. @throws RedisInfraError WRONG_TYPE */
  get(): Promise<unknown>;
  pexpire(): Promise<boolean>;
  decode(bytes: Buffer): Promise<Decoded<unknown>>;
  encode(value: unknown, meta: EntryMeta | undefined): Buffer | Promise<Buffer>;
  /** Compare and set. @returns false if the value is no longer `bytes` */
  replace(bytes: Buffer, resealed: Buffer): Promise<boolean>;
}

/**
 * Changes the time to live of a key in a store that seals the expiry together with the value: the value is read and sealed again.
 * @param px the new time to live in milliseconds
 * @returns false if the key is absent
 * @throws RedisInfraError COMMAND_FAILED if others change the value on every attempt; CODEC_* if it cannot be read
 */
export async function expireSealed(key: SealedKey, px: number): Promise<boolean> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const bytes = await key.get().catch((error: unknown) => {
      if (error instanceof RedisInfraError && error.code === 'WRONG_TYPE') return 'a hash';
      throw error;
    });
    if (bytes === null) return false;
    if (!Buffer.isBuffer(bytes)) return key.pexpire();
    const { value, meta } = await key.decode(bytes);
    const isNumber = key.counts && isCount(value);
    if (isNumber && isPlainCount(bytes)) return key.pexpire();
    // A number that was sealed before counters were plain becomes a plain counter.
    const resealed = await key.encode(value, isNumber ? undefined : { ...meta, expires: Date.now() + px });
    if (await key.replace(bytes, resealed)) return true;
  }
  throw new RedisInfraError(
    'COMMAND_FAILED',
    `expire: other clients changed the value during all ${MAX_ATTEMPTS} attempts; try again`,
    { outcome: 'not-executed', retryable: true },
  );
}
