import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';

const HASH_BYTES = 8;
/** Applications use few tags often. Hashing takes longer than a look-up. */
const recent = new LRUCache<string, string>({ max: 2048 });

/**
 * Returns the hash of a tag as 16 hex digits, as an entry stores it. Two tags with the same hash invalidate each other's
 * entries.
 */
export function hashOfTag(tag: string): string {
  let hash = recent.get(tag);
  if (hash === undefined) {
    hash = createHash('sha256').update(tag).digest().toString('hex', 0, HASH_BYTES);
    recent.set(tag, hash);
  }
  return hash;
}

/** Returns the hashes of tags, each once. */
export function hashesOfTags(tags: readonly string[]): readonly string[] {
  return tags.length === 0 ? tags : [...new Set(tags.map(hashOfTag))];
}
