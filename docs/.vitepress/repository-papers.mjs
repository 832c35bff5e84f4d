/** Papers outside docs/ that the site shows. The page includes the paper. */
export const PAPERS = [
  { paper: 'README.md', page: 'reference/index.md' },
  { paper: 'ARCHITECTURE.md', page: 'internals/architecture.md' },
  { paper: 'CONTRIBUTING.md', page: 'internals/contributing.md' },
  { paper: 'CHANGELOG.md', page: 'internals/changelog.md' },
];
