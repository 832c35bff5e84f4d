import { createHash } from 'node:crypto';

const MAX_CHARS = 128;
const DIGEST = 16;

/**
 * Turns a text into a policy name: percent-encodes unusual characters, and shortens it to 128 characters with a digest
 * of the text.
 */
export function printableName(text: string): string {
  return shortName(text.replaceAll(/[^\w.:/{}@*+ -]/gu, percentEncoded), text);
}

/** Shortens a name to 128 characters: replaces the end by a digest of the text. */
export function shortName(name: string, text = name): string {
  if (name.length <= MAX_CHARS) return name;
  const digest = createHash('sha256').update(text).digest('hex').slice(0, DIGEST);
  return `${name.slice(0, MAX_CHARS - DIGEST - 1)}-${digest}`;
}

/** Every byte of a character as %XX. Unlike `encodeURIComponent` it accepts half a surrogate pair. */
export function percentEncoded(character: string): string {
  return Buffer.from(character).toString('hex').toUpperCase().replaceAll(/../g, '%$&');
}
