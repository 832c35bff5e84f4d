import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HOME, PAPERS } from './repository-papers.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SITE = 'docs/';
const ELSEWHERE = /^(?:[a-z][a-z+.-]*:|#|\/)/i;

/**
 * A markdown-it plugin. The pages are read in the repository, too, so their links are relative to the file, and some lead
 * out of docs/:
 * - to a paper that the site shows: the link leads to that page;
 * - to another file or folder: the link leads to the repository, or becomes plain text while its address is not known;
 * - to nothing: the build fails.
 */
export function repositoryLinks(md) {
  md.core.ruler.push('repository-links', ({ tokens, env }) => {
    for (const { children } of tokens) if (children) rewrite(children, env.relativePath);
  });
}

function rewrite(tokens, page) {
  const dropped = [];
  for (const token of tokens) {
    if (token.type === 'link_close' && dropped.pop()) token.hidden = true;
    if (token.type !== 'link_open') continue;
    const href = token.attrGet('href');
    const target = ELSEWHERE.test(href) ? href : resolve(decodeURI(href), page);
    dropped.push(target === undefined);
    if (target === undefined) token.hidden = true;
    else token.attrSet('href', target);
  }
  // markdown-it renders a hidden inline token all the same: take it out.
  for (let i = tokens.length - 1; i >= 0; i--) if (tokens[i].hidden) tokens.splice(i, 1);
}

/** Where a relative link leads on the site; undefined where it leads nowhere that a reader can go. */
function resolve(href, page) {
  const [path, anchor] = href.split('#');
  const hash = anchor === undefined ? '' : `#${anchor}`;
  const source = PAPERS.find((each) => each.page === page)?.paper ?? SITE + page;
  const target = posix.join(posix.dirname(source), path).replace(/\/$/, '');
  const shown = [HOME, ...PAPERS].find(({ paper }) => paper === target);
  if (shown !== undefined) return `/${shown.page}${hash}`;
  // Generated pages appear while the site is built; VitePress checks the links to pages by itself.
  if (target.startsWith(SITE) && target.endsWith('.md')) return `/${target.slice(SITE.length)}${hash}`;
  if (!existsSync(join(ROOT, target))) throw new Error(`${source} links to ${href}, which does not exist`);
  if (target.startsWith(SITE) && statSync(join(ROOT, target)).isDirectory()) return firstPageOf(target);
  const repository = repositoryUrl();
  return repository === undefined ? undefined : `${repository}/blob/main/${target}${hash}`;
}

function firstPageOf(folder) {
  const [first] = readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .sort();
  return `/${folder.slice(SITE.length)}/${first}`;
}

/** The address that the published package gives; undefined while it gives none. */
function repositoryUrl() {
  const { repository } = JSON.parse(readFileSync(join(ROOT, 'libs/redis/package.json'), 'utf8'));
  const url = typeof repository === 'string' ? repository : repository?.url;
  return url?.replace(/^git\+/, '').replace(/\.git$/, '');
}
