import { createHash } from 'node:crypto';

/** The opaque part of an entity tag. */
const TAG = /(?:W\/)?("[^"]*")/g;

/**
 * The strong entity tag of a body: a digest of the bytes that both frameworks send for it.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3
 */
export function entityTag(body: unknown): string {
  const bytes = typeof body === 'string' || body instanceof Uint8Array ? body : (JSON.stringify(body) ?? '');
  return `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 27)}"`;
}

/**
 * Whether If-None-Match lists the entity tag. The comparison is weak, as for every GET.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2
 */
export function matchesEntityTag(ifNoneMatch: string | undefined, tag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === '*') return true;
  const [, opaque] = new RegExp(TAG.source).exec(tag) ?? [];
  return opaque !== undefined && [...ifNoneMatch.matchAll(TAG)].some(([, listed]) => listed === opaque);
}
