import { isUtf8 } from 'node:buffer';
import { checkCallOptions } from '../../common/options.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import type { SetEntry } from '../cache-store.js';

/** The maximum length of a key in UTF-8 bytes. */
export const MAX_KEY_BYTES = 1024;

const ENTRY = ['key', 'value', 'ttl'] as const satisfies readonly (keyof SetEntry)[];

/** A UTF-16 code unit takes at most three bytes of UTF-8, so the bytes of shorter keys are not counted. */
const MAX_CHECKED_CHARS = Math.floor(MAX_KEY_BYTES / 3);

/** Checks that a key is a non-empty, well-formed string of at most 1 KiB. @throws RedisInfraError KEY_INVALID */
export function checkKey(key: unknown): asserts key is string {
  checkName(key, 'a key');
}

/**
 * Like `checkKey` without the maximum length, for a load that works without the store.
 * @throws RedisInfraError KEY_INVALID
 */
export function checkKeyForm(key: unknown): asserts key is string {
  checkForm(key, 'a key');
}

/** Like `checkKey`, for a hash field. @throws RedisInfraError KEY_INVALID */
export function checkField(field: unknown): asserts field is string {
  checkName(field, 'a hash field');
}

/**
 * Decodes a key or field of a reply; undefined if the bytes are not valid UTF-8. Decoded with replacement characters,
 * such a key would look like another key that contains U+FFFD.
 */
export function nameOf(bytes: Buffer): string | undefined {
  return isUtf8(bytes) ? bytes.toString() : undefined;
}

/** Checks an array of keys. @throws RedisInfraError KEY_INVALID */
export function checkKeys(keys: unknown): asserts keys is readonly string[] {
  if (!Array.isArray(keys)) throw new RedisInfraError('KEY_INVALID', `keys must be an array, not ${typeof keys}`);
  for (const key of keys) checkKey(key);
}

/**
 * Checks the entries of `setMany`.
 * @throws RedisInfraError VALUE_INVALID if it is not an array of objects; OPTION_INVALID for an unknown property
 */
export function checkEntries(entries: unknown): void {
  if (Array.isArray(entries) && entries.every((entry) => typeof entry === 'object' && entry !== null)) {
    // Otherwise a misspelt `ttl` would store a value that never expires.
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
  // In UTF-8 every unpaired surrogate becomes U+FFFD, so different names would be the same key.
  if (!name.isWellFormed())
    throw new RedisInfraError('KEY_INVALID', `${what} must be well-formed Unicode, without unpaired surrogates`);
}

function checkName(name: unknown, what: string): asserts name is string {
  checkForm(name, what);
  if (name.length > MAX_CHECKED_CHARS && Buffer.byteLength(name) > MAX_KEY_BYTES) {
    throw new RedisInfraError(
      'KEY_INVALID',
      `${what} must be at most ${MAX_KEY_BYTES} bytes of UTF-8; hash longer ones`,
    );
  }
}
