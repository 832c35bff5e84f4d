import { systemClock, type Clock } from '../../common/clock.js';
import type { ValuePlace } from '../value-codec.js';
import { associatedData } from './associated-data.js';
import type { ResolvedEncryptionOptions } from './encryption.options.js';
import { KeyRing } from './key-ring.js';
import type { KeySet } from './key-set.js';
import { ConfiguredKeys, type KeySource } from './key-source.js';
import { ProvidedKeys } from './provided-keys.js';
import { SEALED_BYTES, type RingKey } from './ring-key.js';
import { tampered, tooShort, unknownKey } from './sealed-value.errors.js';

/**
 * Seals and opens the bytes of values. `header` is always bytes 0 … 8 + n - 1 of the envelope; it is authenticated with
 * the place, see `associatedData`. Synchronous where the keys are known already; until a promise is settled its arguments
 * must not be changed.
 */
export interface ValueCipher {
  /** Kid, nonce, ciphertext and tag, to be put behind the header. @throws RedisInfraError CODEC_KEY_PROVIDER */
  seal(header: Uint8Array, at: ValuePlace, plain: Uint8Array): Buffer | Promise<Buffer>;
  /** The same with the header before it, in one piece of memory. @throws RedisInfraError CODEC_KEY_PROVIDER */
  sealEnvelope(header: Uint8Array, at: ValuePlace, plain: Uint8Array): Buffer | Promise<Buffer>;
  /**
   * The plaintext of what stands behind the header, in memory of its own.
   * @throws RedisInfraError CODEC_MALFORMED when it is too short, CODEC_UNKNOWN_KEY, CODEC_TAMPERED, CODEC_KEY_PROVIDER
   */
  open(header: Uint8Array, at: ValuePlace, sealed: Uint8Array): Buffer | Promise<Buffer>;
  /**
   * True if it was sealed with another key than the one that seals now.
   * @throws RedisInfraError CODEC_MALFORMED when it is too short, CODEC_KEY_PROVIDER
   */
  isOutdated(sealed: Uint8Array): boolean | Promise<boolean>;
}

/** The cipher of a namespace; its derived keys belong to it alone. */
export function createCipher(options: ResolvedEncryptionOptions, clock: Clock = systemClock): ValueCipher {
  const makeRing = (set: KeySet): KeyRing => new KeyRing(set, options.tenant, clock);
  return new XaesCipher(
    options.provider === undefined
      ? new ConfiguredKeys(makeRing(options.keys))
      : new ProvidedKeys(options.provider, makeRing, clock),
  );
}

class XaesCipher implements ValueCipher {
  constructor(private readonly keys: KeySource) {}

  seal(header: Uint8Array, at: ValuePlace, plain: Uint8Array): Buffer | Promise<Buffer> {
    const key = this.keys.sealing();
    return key instanceof Promise
      ? key.then((resolved) => sealWith(resolved, header, at, plain, 0))
      : sealWith(key, header, at, plain, 0);
  }

  sealEnvelope(header: Uint8Array, at: ValuePlace, plain: Uint8Array): Buffer | Promise<Buffer> {
    const key = this.keys.sealing();
    return key instanceof Promise
      ? key.then((resolved) => sealWith(resolved, header, at, plain, header.length))
      : sealWith(key, header, at, plain, header.length);
  }

  open(header: Uint8Array, at: ValuePlace, sealed: Uint8Array): Buffer | Promise<Buffer> {
    const bytes = checkSealed(sealed);
    const kid = bytes.readUInt32BE(0);
    const key = this.keys.opening(kid);
    return key instanceof Promise
      ? key.then((resolved) => openWith(resolved, kid, header, at, bytes))
      : openWith(key, kid, header, at, bytes);
  }

  isOutdated(sealed: Uint8Array): boolean | Promise<boolean> {
    const kid = checkSealed(sealed).readUInt32BE(0);
    const key = this.keys.sealing();
    return key instanceof Promise ? key.then((resolved) => resolved.kid !== kid) : key.kid !== kid;
  }
}

/** `lead` bytes of the header come first: all of them, or none. */
function sealWith(key: RingKey, header: Uint8Array, at: ValuePlace, plain: Uint8Array, lead: number): Buffer {
  const sealed = Buffer.allocUnsafe(lead + SEALED_BYTES + plain.length);
  if (lead > 0) sealed.set(header);
  key.seal(associatedData(header, key.kid, at), plain, sealed, lead);
  return sealed;
}

function openWith(key: RingKey | undefined, kid: number, header: Uint8Array, at: ValuePlace, sealed: Buffer): Buffer {
  if (key === undefined) throw unknownKey(kid);
  const plain = key.open(associatedData(header, kid, at), sealed);
  if (plain === undefined) throw tampered(kid);
  return plain;
}

function checkSealed(sealed: Uint8Array): Buffer {
  if (sealed.length < SEALED_BYTES) throw tooShort(sealed.length, SEALED_BYTES);
  return Buffer.isBuffer(sealed) ? sealed : Buffer.from(sealed.buffer, sealed.byteOffset, sealed.length);
}
