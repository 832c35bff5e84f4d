import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { headingsOf } from './docs/markdown.js';
import { pages, read, ROOT } from './docs/workspace.js';

interface SidebarItem {
  readonly link?: string;
  readonly items?: readonly SidebarItem[];
}

interface Sidebars {
  readonly englishSidebar: () => readonly SidebarItem[];
  readonly persianSidebar: () => readonly SidebarItem[];
}

interface Anchors {
  readonly githubAnchor: (heading: string) => string;
}

interface Papers {
  readonly PAPERS: readonly { readonly paper: string; readonly page: string }[];
}

async function siteFile<T>(name: string): Promise<T> {
  return (await import(pathToFileURL(join(ROOT, 'docs', '.vitepress', name)).href)) as T;
}

const { englishSidebar, persianSidebar } = await siteFile<Sidebars>('sidebar.mjs');
const { githubAnchor } = await siteFile<Anchors>('github-anchor.mjs');
const { PAPERS } = await siteFile<Papers>('repository-papers.mjs');

/** Every link of a sidebar, without those to the generated pages. */
function linksIn(items: readonly SidebarItem[]): string[] {
  return items
    .flatMap(({ link, items: inner }) => [...(link === undefined ? [] : [link]), ...linksIn(inner ?? [])])
    .filter((link) => !link.startsWith('/reference/api/'));
}

const pageOf = (link: string): string => `docs${link.split('#')[0]}`;
const HOME = 'docs/index.md';
const isPersian = (page: string): boolean => page.startsWith('docs/fa/');
const english = linksIn(englishSidebar());

describe('the sidebar of the documentation site', () => {
  test('lists every English page exactly once', () => {
    const listed = english.filter((link) => !link.includes('#')).map(pageOf);
    const written = pages().filter((page) => page !== HOME && !isPersian(page));
    expect(listed.sort()).toEqual(written.sort());
  });

  test('lists every Persian page in the Persian part', () => {
    const listed = linksIn(persianSidebar()).map(pageOf).filter(isPersian);
    expect(listed.sort()).toEqual(pages().filter(isPersian).sort());
  });

  test.each([...english, ...linksIn(persianSidebar())])('leads to a page that exists: %s', (link) => {
    expect(pageOf(link)).toSatisfy((page: string) => existsSync(join(ROOT, page)));
  });

  test.each(english.filter((link) => link.includes('#')))('leads to a heading that exists: %s', (link) => {
    const paper = PAPERS.find(({ page }) => `docs/${page}` === pageOf(link))?.paper ?? pageOf(link);
    expect(headingsOf(read(paper)).map(githubAnchor)).toContain(link.split('#')[1]);
  });
});

describe('a page that shows a paper of the repository', () => {
  test.each(PAPERS)('includes $paper and nothing else: docs/$page', ({ paper, page }) => {
    expect(read(`docs/${page}`)).toBe(`<!--@include: ../../${paper}-->\n`);
  });
});
