import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { checkOptions, checkString, optionInvalid } from '../../common/options.js';

/** The minimum length of a secret in bytes. */
export const MIN_SECRET_BYTES = 16;

/** A checked `EncryptionKey`. The secret is a KeyObject, so neither `util.inspect` nor JSON exposes it. */
export interface CheckedKey {
  readonly id: string;
  /** The first 4 bytes of HMAC-SHA256(secret, "kid"), big-endian. It identifies the key in a sealed value. */
  readonly kid: number;
  readonly secret: KeyObject;
}

/** The keys that open values, and the primary key, which seals them. */
export interface KeySet {
  readonly keys: readonly CheckedKey[];
  readonly primary: CheckedKey;
}

/** The paths of the two options, for errors. */
export interface KeySetPaths {
  readonly keys: string;
  readonly primary: string;
}

/**
 * Checks keys and copies their secrets. `primary` defaults to the first key.
 * @throws RedisInfraError OPTION_INVALID with the path, without secrets
 */
export function resolveKeySet(keys: unknown, primary: unknown, paths: KeySetPaths): KeySet {
  if (!Array.isArray(keys) || keys.length === 0)
    throw optionInvalid(paths.keys, 'must be an array of at least one key');
  const checked = Array.from(keys, (key: unknown, i) => checkKey(key, `${paths.keys}[${i}]`));
  for (const [i, { id, kid }] of checked.entries()) {
    const earlier = checked.slice(0, i);
    if (earlier.some((other) => other.id === id))
      throw optionInvalid(`${paths.keys}[${i}].id`, 'is the id of an earlier key');
    const duplicate = earlier.findIndex((other) => other.kid === kid);
    if (duplicate !== -1) {
      throw optionInvalid(
        `${paths.keys}[${i}].secret`,
        `has the same 4-byte key id as ${paths.keys}[${duplicate}]: use another secret`,
      );
    }
  }
  return Object.freeze({ keys: Object.freeze(checked), primary: findPrimary(checked, primary, paths) });
}

/** True if both contain the same keys and have the same primary key. */
export function isSameKeySet(a: KeySet, b: KeySet): boolean {
  const same = (x: CheckedKey, y: CheckedKey | undefined): boolean => y !== undefined && x.secret.equals(y.secret);
  return (
    a.keys.length === b.keys.length && same(a.primary, b.primary) && a.keys.every((key, i) => same(key, b.keys[i]))
  );
}

function findPrimary(keys: readonly CheckedKey[], primary: unknown, paths: KeySetPaths): CheckedKey {
  const id = primary === undefined ? keys[0]?.id : checkString(primary, paths.primary);
  const key = keys.find((candidate) => candidate.id === id);
  if (key !== undefined) return key;
  throw optionInvalid(
    paths.primary,
    `must be the id of one of the keys: ${keys.map((candidate) => candidate.id).join(', ')}`,
  );
}

function checkKey(key: unknown, path: string): CheckedKey {
  const { id, secret: plainSecret } = checkOptions(key, ['id', 'secret'], path);
  const name = checkString(id, `${path}.id`);
  const secret = checkSecret(plainSecret, `${path}.secret`);
  const kid = createHmac('sha256', secret).update('kid').digest().readUInt32BE(0);
  return Object.freeze({ id: name, kid, secret });
}

function checkSecret(secret: unknown, path: string): KeyObject {
  // In UTF-8 every unpaired surrogate becomes U+FFFD, so different secrets would be the same.
  if (!(typeof secret === 'string' && secret.isWellFormed()) && !(secret instanceof Uint8Array))
    throw optionInvalid(path, 'must be a string of well-formed Unicode or a Uint8Array');
  const bytes = Buffer.from(secret);
  if (bytes.length < MIN_SECRET_BYTES) {
    bytes.fill(0);
    throw optionInvalid(path, `must be at least ${MIN_SECRET_BYTES} bytes; use 32 random bytes`);
  }
  const object = createSecretKey(bytes);
  bytes.fill(0);
  return object;
}
