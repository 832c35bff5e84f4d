/**
 * The anchor that GitHub gives a heading, so that one link works in the repository and on the site. VitePress by itself
 * replaces `_` and drops letters outside ASCII.
 */
export function githubAnchor(heading) {
  return heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\u200c_\- ]/gu, '')
    .replaceAll(' ', '-');
}
