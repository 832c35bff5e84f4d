import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { checkOptions, checkString, optionInvalid } from '../../common/options.js';

/** The shortest secret, in bytes. */
export const MIN_SECRET_BYTES = 16;

/** A key that was checked. Its secret is a KeyObject: neither `util.inspect` nor JSON shows any of it. */
export interface CheckedKey {
  readonly id: string;
  /** The first 4 bytes of HMAC-SHA256(secret, "kid"), big-endian: what a sealed value calls its key. */
  readonly kid: number;
  readonly secret: KeyObject;
}

/** The keys that open, and the one of them that seals. */
export interface KeySet {
  readonly keys: readonly CheckedKey[];
  readonly primary: CheckedKey;
}

/** Where the two options stand. */
export interface KeySetPaths {
  readonly keys: string;
  readonly primary: string;
}

/**
 * Checks keys and takes copies of their secrets. Without `primary` the first key is it.
 * @throws RedisInfraError OPTION_INVALID with the path, never quoting a secret.
 */
export function resolveKeySet(keys: unknown, primary: unknown, paths: KeySetPaths): KeySet {
  if (!Array.isArray(keys) || keys.length === 0)
    throw optionInvalid(paths.keys, 'must be an array of at least one key');
  const checked = Array.from(keys, (key: unknown, i) => checkKey(key, `${paths.keys}[${i}]`));
  for (const [i, { id, kid }] of checked.entries()) {
    const before = checked.slice(0, i);
    if (before.some((other) => other.id === id)) throw optionInvalid(`${paths.keys}[${i}].id`, 'names a key before it');
    const twin = before.findIndex((other) => other.kid === kid);
    if (twin !== -1) {
      throw optionInvalid(
        `${paths.keys}[${i}].secret`,
        `gives the same 4-byte key id as ${paths.keys}[${twin}]: either it is the same secret, or by chance, then draw another`,
      );
    }
  }
  return Object.freeze({ keys: Object.freeze(checked), primary: findPrimary(checked, primary, paths) });
}

/** True if both hold the same keys and seal with the same one. */
export function isSameKeySet(a: KeySet, b: KeySet): boolean {
  const same = (x: CheckedKey, y: CheckedKey | undefined): boolean => y !== undefined && x.secret.equals(y.secret);
  return (
    a.keys.length === b.keys.length && same(a.primary, b.primary) && a.keys.every((key, i) => same(key, b.keys[i]))
  );
}

function findPrimary(keys: readonly CheckedKey[], primary: unknown, paths: KeySetPaths): CheckedKey {
  const id = primary === undefined ? keys[0]?.id : checkString(primary, paths.primary);
  const found = keys.find((key) => key.id === id);
  if (found !== undefined) return found;
  throw optionInvalid(paths.primary, `must be the id of one of the keys: ${keys.map((key) => key.id).join(', ')}`);
}

function checkKey(key: unknown, path: string): CheckedKey {
  checkOptions(key, ['id', 'secret'], path);
  const { id, secret: given } = key as Readonly<Record<string, unknown>>;
  const name = checkString(id, `${path}.id`);
  const secret = checkSecret(given, `${path}.secret`);
  const kid = createHmac('sha256', secret).update('kid').digest().readUInt32BE(0);
  return Object.freeze({ id: name, kid, secret });
}

function checkSecret(secret: unknown, path: string): KeyObject {
  // A lone surrogate becomes U+FFFD in UTF-8: two such secrets would be one.
  const usable = typeof secret === 'string' ? secret.isWellFormed() : secret instanceof Uint8Array;
  if (!usable) throw optionInvalid(path, 'must be a string of well-formed Unicode or a Uint8Array');
  const bytes = Buffer.from(secret as string | Uint8Array);
  if (bytes.length < MIN_SECRET_BYTES) {
    bytes.fill(0);
    throw optionInvalid(path, `must be at least ${MIN_SECRET_BYTES} bytes; 32 random ones are best`);
  }
  const object = createSecretKey(bytes);
  bytes.fill(0);
  return object;
}
