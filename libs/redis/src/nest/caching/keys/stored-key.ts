import { createHash } from 'node:crypto';

/** Leaves room for the key prefix and the namespaces within the 1 KiB of a key. */
const MAX_BYTES = 512;
const HEAD_CHARS = 64;
/** Marks a digest. A shorter key that contains it is hashed too, so that no text looks like the digest of another. */
const MARK = '%sha256-';

/**
 * Returns a key that fits into the store: a text of more than 512 bytes is replaced by its first characters and its
 * SHA-256.
 */
export function storedKey(text: string): string {
  if (!needsDigest(text)) return text;
  // A cut may leave half a surrogate pair, which no store accepts in a key.
  const head = text.slice(0, HEAD_CHARS).replaceAll(/[%\p{Surrogate}]/gu, '');
  return `${head}${MARK}${createHash('sha256').update(text).digest('base64url')}`;
}

function needsDigest(text: string): boolean {
  if (text.includes(MARK)) return true;
  return text.length > MAX_BYTES / 3 && Buffer.byteLength(text) > MAX_BYTES;
}
