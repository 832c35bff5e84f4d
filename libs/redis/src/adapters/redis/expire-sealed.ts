import { RedisInfraError } from '../../common/redis-infra.error.js';
import { isCount, isPlainCount } from '../../domain/codec/plain-count.js';
import type { Decoded, EntryMeta } from '../../domain/value-codec.js';

/** How often `expire` tries again when somebody changes the value it seals anew. */
const MAX_ATTEMPTS = 3;

/** One key of a store that seals ends of life, within the limits of the call. */
export interface SealedKey {
  /** Counters are plain. */
  readonly counts: boolean;
  /** The value's bytes; null where the key is absent. @throws RedisInfraError WRONG_TYPE */
  get(): Promise<unknown>;
  pexpire(): Promise<boolean>;
  decode(bytes: Buffer): Promise<Decoded<unknown>>;
  encode(value: unknown, meta: EntryMeta | undefined): Buffer | Promise<Buffer>;
  /** False where the value is no longer the one that was read. */
  replace(bytes: Buffer, anew: Buffer): Promise<boolean>;
}

/**
 * Gives a key another time to live where ends are sealed with the values: a sealed value is read and written anew.
 * @returns false if the key is absent
 * @throws RedisInfraError COMMAND_FAILED where others change the value again and again; what reading it throws
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
    // A number that was sealed before counters were plain has an end of its own sealed with it: it becomes a plain one.
    const resealed = await key.encode(value, isNumber ? undefined : { ...meta, expires: Date.now() + px });
    if (await key.replace(bytes, resealed)) return true;
  }
  throw new RedisInfraError(
    'COMMAND_FAILED',
    'expire: the value was changed again and again while it was sealed anew; try again',
    { outcome: 'not-executed', retryable: true },
  );
}
