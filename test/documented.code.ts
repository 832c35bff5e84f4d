import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pages } from '../libs/redis/test/docs/workspace.js';
import { ROOT } from './built.package.js';
import { readFileBlocks, readPrograms, type DocumentProgram } from './docs.programs.js';
import { readSnippets, type Snippet } from './readme.snippets.js';

/** A block of code that runs by itself. */
export interface Placed extends Snippet {
  readonly at: string;
  /** The name of its file. */
  readonly name: string;
  /** The number of the database that it has for itself. */
  readonly db: number;
}

/** A program of several files. */
export interface PlacedProgram extends DocumentProgram {
  readonly document: string;
  /** The folder of its files. */
  readonly name: string;
  readonly db: number;
}

export const documentText = (document: string): string => readFileSync(join(ROOT, document), 'utf8');

export const SNIPPETS: readonly Placed[] = ['README.md', 'libs/redis/README.md', ...pages().sort()]
  .flatMap((document) => {
    const snippets = readSnippets(documentText(document));
    return snippets.map((snippet) => ({ ...snippet, at: `${document}:${snippet.line}` }));
  })
  .map((snippet, db) => ({ ...snippet, db, name: `snippet-${db}` }));

export const GETTING_STARTED = 'docs/getting-started.md';
export const PERSIAN = 'docs/fa/getting-started.md';
const TESTING = 'docs/guides/testing-your-application.md';
/** What the programs of other documents build on: the application of the first page, and the configuration of vitest. */
const BASE = new Map([
  ...(readPrograms(documentText(GETTING_STARTED))[0]?.files ?? []),
  ...readFileBlocks(documentText(TESTING)).flatMap(({ file, code }): [string, string][] =>
    file === 'vitest.config.ts' ? [[file, code]] : [],
  ),
]);

export const PROGRAMS: readonly PlacedProgram[] = [
  ...[GETTING_STARTED, PERSIAN].flatMap((document) =>
    readPrograms(documentText(document)).map((program) => ({ ...program, document })),
  ),
  ...['README.md', TESTING].flatMap((document) =>
    readPrograms(documentText(document), BASE).map((program) => ({ ...program, document })),
  ),
].map((program, i) => ({ ...program, name: `program-${i}`, db: SNIPPETS.length + i }));
