import { isUtf8 } from 'node:buffer';
import { checkCallOptions } from '../../common/options.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import type { SetEntry } from '../cache-store.js';

/** The longest key, in UTF-8 bytes. */
export const MAX_KEY_BYTES = 1024;

const ENTRY = ['key', 'value', 'ttl'] as const satisfies readonly (keyof SetEntry)[];

/** A UTF-16 code unit takes at most three bytes of UTF-8, so shorter keys need no counting. */
const MAX_CHECKED_CHARS = Math.floor(MAX_KEY_BYTES / 3);

/** @throws RedisInfraError KEY_INVALID unless it is a non-empty, well-formed string of at most 1 KiB. */
export function checkKey(key: unknown): asserts key is string {
  checkName(key, 'a key');
}

/** The same rule without the limit of the length, for a caller that can do without the store. @throws RedisInfraError KEY_INVALID */
export function checkKeyForm(key: unknown): asserts key is string {
  checkForm(key, 'a key');
}

/** The same rule for the name of a hash field. */
export function checkField(field: unknown): asserts field is string {
  checkName(field, 'a hash field');
}

/**
 * The text of a key or field as the server returns it; undefined where the bytes are not valid UTF-8. No string names those:
 * decoded, they look like a key that contains U+FFFD, which is another one.
 */
export function nameOf(bytes: Buffer): string | undefined {
  return isUtf8(bytes) ? bytes.toString() : undefined;
}

export function checkKeys(keys: unknown): asserts keys is readonly string[] {
  if (!Array.isArray(keys)) throw new RedisInfraError('KEY_INVALID', `keys must be an array, not ${typeof keys}`);
  for (const key of keys) checkKey(key);
}

/** @throws RedisInfraError VALUE_INVALID unless it is an array of entries, OPTION_INVALID for a name that entries do not have. */
export function checkEntries(entries: unknown): void {
  if (Array.isArray(entries) && entries.every((entry) => typeof entry === 'object' && entry !== null)) {
    // A misspelt `ttl` would otherwise be a value that never expires.
    return entries.forEach((entry, i) => checkCallOptions(entry, ENTRY, `entries[${i}]`));
  }
  throw new RedisInfraError(
    'VALUE_INVALID',
    'setMany takes an array of entries, each an object with key, value and ttl',
  );
}

function checkForm(name: unknown, what: string): asserts name is string {
  if (typeof name !== 'string')
    throw new RedisInfraError('KEY_INVALID', `${what} must be a string, not ${typeof name}`);
  if (name === '') throw new RedisInfraError('KEY_INVALID', `${what} must not be empty`);
  // Lone surrogates all become U+FFFD on the wire: two such names would be one.
  if (!name.isWellFormed())
    throw new RedisInfraError('KEY_INVALID', `${what} must be well-formed Unicode, without lone surrogates`);
}

function checkName(name: unknown, what: string): asserts name is string {
  checkForm(name, what);
  if (name.length > MAX_CHECKED_CHARS && Buffer.byteLength(name) > MAX_KEY_BYTES) {
    throw new RedisInfraError(
      'KEY_INVALID',
      `${what} must be at most ${MAX_KEY_BYTES} bytes of UTF-8; hash what is longer`,
    );
  }
}
