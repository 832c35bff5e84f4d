import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pages } from '../libs/redis/test/docs/workspace.js';
import { ROOT } from './built.package.js';
import { readFileBlocks, readPrograms, type DocumentProgram } from './docs.programs.js';
import { readSnippets, type Snippet } from './readme.snippets.js';

/** A code block that runs on its own. */
export interface PlacedSnippet extends Snippet {
  readonly at: string;
  /** Name of the generated file, without extension. */
  readonly name: string;
  /** Number of the Redis database that only this snippet uses. */
  readonly db: number;
}

/** A program of several files. */
export interface PlacedProgram extends DocumentProgram {
  readonly document: string;
  /** Name of the generated folder. */
  readonly name: string;
  readonly db: number;
}

export const documentText = (document: string): string => readFileSync(join(ROOT, document), 'utf8');

export const SNIPPETS: readonly PlacedSnippet[] = ['README.md', 'libs/redis/README.md', ...pages().sort()]
  .flatMap((document) => {
    const snippets = readSnippets(documentText(document));
    return snippets.map((snippet) => ({ ...snippet, at: `${document}:${snippet.line}` }));
  })
  .map((snippet, db) => ({ ...snippet, db, name: `snippet-${db}` }));

export const GETTING_STARTED = 'docs/getting-started.md';
export const PERSIAN = 'docs/fa/getting-started.md';
const TESTING = 'docs/guides/testing-your-application.md';
/** The base of the programs in other documents: the application of Getting started, and the configuration of vitest. */
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
