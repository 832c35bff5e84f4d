import { createHash } from 'node:crypto';

const MAX_CHARS = 128;
const DIGEST = 16;

/** A name of a policy. What is not usual in one is percent-encoded, and what is longer than 128 characters ends with a digest of all of it. */
export function printableName(text: string): string {
  return shortName(text.replaceAll(/[^\w.:/{}@*+ -]/gu, percentEncoded), text);
}

/** A name of at most 128 characters: a longer one ends with a digest of the text. */
export function shortName(name: string, text = name): string {
  if (name.length <= MAX_CHARS) return name;
  const digest = createHash('sha256').update(text).digest('hex').slice(0, DIGEST);
  return `${name.slice(0, MAX_CHARS - DIGEST - 1)}-${digest}`;
}

/** Every byte of a character as %XX. Unlike `encodeURIComponent` it takes half a surrogate pair as well. */
export function percentEncoded(character: string): string {
  return Buffer.from(character).toString('hex').toUpperCase().replaceAll(/../g, '%$&');
}
