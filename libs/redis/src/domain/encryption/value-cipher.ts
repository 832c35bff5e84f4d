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
 * Seals and opens the bytes of values. `header` is bytes 0 … 8 + n - 1 of the envelope; it is authenticated together
 * with the key and field of the value, see `associatedData`. Returns a promise only if the keys are not cached; do not
 * change the arguments until it is settled.
 */
export interface ValueCipher {
  /** Returns kid, nonce, ciphertext and tag, which follow the header. @throws RedisInfraError CODEC_KEY_PROVIDER */
  seal(header: Uint8Array, place: ValuePlace, plain: Uint8Array): Buffer | Promise<Buffer>;
  /** Like `seal`, with the header in front, in one buffer. @throws RedisInfraError CODEC_KEY_PROVIDER */
  sealEnvelope(header: Uint8Array, place: ValuePlace, plain: Uint8Array): Buffer | Promise<Buffer>;
  /**
   * Opens the bytes after the header and returns the plaintext in a new buffer.
   * @throws RedisInfraError CODEC_MALFORMED if it is too short, CODEC_UNKNOWN_KEY, CODEC_TAMPERED, CODEC_KEY_PROVIDER
   */
  open(header: Uint8Array, place: ValuePlace, sealed: Uint8Array): Buffer | Promise<Buffer>;
  /**
   * True if it was sealed with another key than the primary one.
   * @throws RedisInfraError CODEC_MALFORMED if it is too short, CODEC_KEY_PROVIDER
   */
  isOutdated(sealed: Uint8Array): boolean | Promise<boolean>;
}

/** Creates the cipher of one codec, with its own derived keys. */
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

  seal(header: Uint8Array, place: ValuePlace, plain: Uint8Array): Buffer | Promise<Buffer> {
    const key = this.keys.sealing();
    return key instanceof Promise
      ? key.then((resolved) => sealWith(resolved, header, place, plain, 0))
      : sealWith(key, header, place, plain, 0);
  }

  sealEnvelope(header: Uint8Array, place: ValuePlace, plain: Uint8Array): Buffer | Promise<Buffer> {
    const key = this.keys.sealing();
    return key instanceof Promise
      ? key.then((resolved) => sealWith(resolved, header, place, plain, header.length))
      : sealWith(key, header, place, plain, header.length);
  }

  open(header: Uint8Array, place: ValuePlace, sealed: Uint8Array): Buffer | Promise<Buffer> {
    const bytes = checkSealed(sealed);
    const kid = bytes.readUInt32BE(0);
    const key = this.keys.opening(kid);
    return key instanceof Promise
      ? key.then((resolved) => openWith(resolved, kid, header, place, bytes))
      : openWith(key, kid, header, place, bytes);
  }

  isOutdated(sealed: Uint8Array): boolean | Promise<boolean> {
    const kid = checkSealed(sealed).readUInt32BE(0);
    const key = this.keys.sealing();
    return key instanceof Promise ? key.then((resolved) => resolved.kid !== kid) : key.kid !== kid;
  }
}

/** `lead` is the number of header bytes to put in front: all or none. */
function sealWith(key: RingKey, header: Uint8Array, place: ValuePlace, plain: Uint8Array, lead: number): Buffer {
  const sealed = Buffer.allocUnsafe(lead + SEALED_BYTES + plain.length);
  if (lead > 0) sealed.set(header);
  key.seal(associatedData(header, key.kid, place), plain, sealed, lead);
  return sealed;
}

function openWith(
  key: RingKey | undefined,
  kid: number,
  header: Uint8Array,
  place: ValuePlace,
  sealed: Buffer,
): Buffer {
  if (key === undefined) throw unknownKey(kid);
  const plain = key.open(associatedData(header, kid, place), sealed);
  if (plain === undefined) throw tampered(kid);
  return plain;
}

function checkSealed(sealed: Uint8Array): Buffer {
  if (sealed.length < SEALED_BYTES) throw tooShort(sealed.length, SEALED_BYTES);
  return Buffer.isBuffer(sealed) ? sealed : Buffer.from(sealed.buffer, sealed.byteOffset, sealed.length);
}
