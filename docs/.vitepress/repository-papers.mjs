/** Papers outside docs/ that the site shows. The page includes the paper. */
export const PAPERS = [
  { paper: 'ARCHITECTURE.md', page: 'internals/architecture.md' },
  { paper: 'CONTRIBUTING.md', page: 'internals/contributing.md' },
  { paper: 'CHANGELOG.md', page: 'internals/changelog.md' },
];

/** The site does not show the README: its first page has the same content. */
export const HOME = { paper: 'README.md', page: 'index.md' };
