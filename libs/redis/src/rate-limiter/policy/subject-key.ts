import { MAX_KEY_BYTES, checkKey } from '../../domain/models/cache-key.js';

/** Few enough that the calls of a turn share commands in a cluster, many enough to spread over its nodes. */
export const TAGS = 64;

const KEYS = Array.from({ length: TAGS }, (_, tag) => `{rl:${String(tag).padStart(2, '0')}}:`);
/** No key of fewer UTF-16 code units is too long, whatever they are. */
const MAX_CHECKED_CHARS = Math.floor(MAX_KEY_BYTES / 3);
/** Where the number of the tag begins. */
const TAG_AT = '{rl:'.length;

/** The key of a subject's counts: `{rl:07}:203.0.113.7`. @throws RedisInfraError KEY_INVALID */
export function subjectKey(subject: string): string {
  checkKey(subject);
  const key = tagKey(hash(subject) % TAGS) + subject;
  // One that the store refuses must not fail those it would share a command with.
  if (key.length > MAX_CHECKED_CHARS) checkKey(key);
  return key;
}

/** What the keys of that tag begin with. */
export function tagKey(tag: number): string {
  return KEYS[tag] as string;
}

/** Of what is remembered here of one policy of a subject. */
export function policyKey(name: string, key: string): string {
  return `${name}\0${key}`;
}

/** The tag of a subject's key. */
export function tagOf(key: string): number {
  const digit = (at: number): number => key.charCodeAt(at) - 0x30;
  return digit(TAG_AT) * 10 + digit(TAG_AT + 1);
}

/** FNV-1a, over UTF-16 code units. @see https://datatracker.ietf.org/doc/html/draft-eastlake-fnv */
function hash(text: string): number {
  let sum = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) sum = Math.imul(sum ^ text.charCodeAt(i), 0x01000193);
  return sum >>> 0;
}
