import { MAX_KEY_BYTES, checkKey } from '../../domain/models/cache-key.js';

/**
 * Number of hash tags: few, so that the calls of a tick share commands in a cluster; many enough to spread over its
 * nodes.
 */
export const TAGS = 64;

const KEY_PREFIXES = Array.from({ length: TAGS }, (_, tag) => keyPrefix(tag));
/** A key of at most this many UTF-16 code units always fits: each takes at most three bytes. */
const MAX_CHECKED_CHARS = Math.floor(MAX_KEY_BYTES / 3);
/** Offset of the tag number in a key. */
const TAG_OFFSET = '{rl:'.length;

/**
 * The key of a subject's counts, for example `{rl:07}:203.0.113.7`.
 * @throws RedisInfraError KEY_INVALID when the subject is not a valid key
 */
export function subjectKey(subject: string): string {
  checkKey(subject);
  const key = tagKey(hash(subject) % TAGS) + subject;
  // Check here: the store would reject the whole batch for one invalid key.
  if (key.length > MAX_CHECKED_CHARS) checkKey(key);
  return key;
}

/** The prefix of all keys with this tag. */
export function tagKey(tag: number): string {
  return KEY_PREFIXES[tag] ?? keyPrefix(tag);
}

/** The key of local state for one policy of a subject. */
export function policyKey(name: string, key: string): string {
  return `${name}\0${key}`;
}

/** The tag number of a subject's key. */
export function tagOf(key: string): number {
  const digit = (at: number): number => key.charCodeAt(at) - 0x30;
  return digit(TAG_OFFSET) * 10 + digit(TAG_OFFSET + 1);
}

/** FNV-1a, over UTF-16 code units. @see https://datatracker.ietf.org/doc/html/draft-eastlake-fnv */
function hash(text: string): number {
  let sum = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) sum = Math.imul(sum ^ text.charCodeAt(i), 0x01000193);
  return sum >>> 0;
}

function keyPrefix(tag: number): string {
  return `{rl:${String(tag).padStart(2, '0')}}:`;
}
