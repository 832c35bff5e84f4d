import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { ROOT } from './workspace.js';

const RELATIVE_LINK = /\[([^\]]+)\]\((?!https:\/\/)[^)]+\)/g;
const DOCUMENTATION = /\n## Documentation\n.*$/s;

const CLOSING = `
## Documentation

The pages that this text names are in the folder \`docs\` of the repository: guides, every option with its default, every
error code with its remedy. Every exported name has its documentation in the types.

MIT licence
`;

/**
 * The README that npm shows, made from the README of the workspace. npm cannot resolve links to files of the repository:
 * they become their text.
 */
export async function packageReadme(readme: string): Promise<string> {
  const text = readme.replace(DOCUMENTATION, CLOSING).replace(RELATIVE_LINK, '$1');
  return format(text, { ...(await resolveConfig(join(ROOT, 'README.md'))), parser: 'markdown' });
}
