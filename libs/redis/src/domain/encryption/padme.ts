import { RedisInfraError } from '../../common/redis-infra.error.js';

const LENGTH_BYTES = 4;

/**
 * Returns the padded length of `length` bytes (0 to 2^32 - 1): at most 12 % more. The padded length reveals O(log log
 * n) bits of the original length.
 * @see https://arxiv.org/abs/1806.03160 section 4 (Padmé)
 */
export function padmeLength(length: number): number {
  if (length < 2) return length;
  const exponent = 31 - Math.clz32(length);
  const mantissaBits = 32 - Math.clz32(exponent);
  const step = 2 ** (exponent - mantissaBits);
  return Math.ceil(length / step) * step;
}

/** Returns the length (u32, big-endian), the bytes, and zeros up to the Padmé length of both. */
export function pad(plain: Uint8Array): Buffer {
  const used = LENGTH_BYTES + plain.length;
  const padded = Buffer.allocUnsafe(padmeLength(used));
  padded.writeUInt32BE(plain.length, 0);
  padded.set(plain, LENGTH_BYTES);
  return padded.fill(0, used);
}

/**
 * Reverses `pad`. The result is a view of the same memory.
 * @throws RedisInfraError CODEC_MALFORMED if `pad` cannot have written the bytes
 */
export function unpad(padded: Uint8Array): Buffer {
  const bytes = Buffer.from(padded.buffer, padded.byteOffset, padded.length);
  const used = bytes.length < LENGTH_BYTES ? Infinity : LENGTH_BYTES + bytes.readUInt32BE(0);
  if (used > bytes.length || padmeLength(used) !== bytes.length || bytes.subarray(used).some((byte) => byte !== 0)) {
    throw new RedisInfraError('CODEC_MALFORMED', 'the value is marked as padded, but its padding is invalid', {
      outcome: 'executed',
      context: { bytes: bytes.length },
    });
  }
  return bytes.subarray(LENGTH_BYTES, used);
}
