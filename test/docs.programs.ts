/**
 * A program that a document shows file by file. The file name is above each block, and in its info string:
 * ` ```ts [src/main.ts] `.
 */
export interface DocumentProgram {
  /** The content of each file, by its path. */
  readonly files: ReadonlyMap<string, string>;
  /** The files that this document shows. The others belong to the base program. */
  readonly own: ReadonlySet<string>;
}

/** A curl request of a document, and the response body that the document shows. */
export interface ShownRequest {
  readonly path: string;
  readonly body: string;
}

const FILE_BLOCK = /^`([^`\n]+)`\n\n```ts \[\1\]\n(.*?)^```$/gms;
const CURL_BLOCK = /^```sh\n((?:curl [^\n]*\n)+)```\n\n```text\n(.*?)^```$/gms;

/** The named code blocks of a document, in their order. */
export function readFileBlocks(markdown: string): { readonly file: string; readonly code: string }[] {
  return [...markdown.matchAll(FILE_BLOCK)].map(([, file = '', code = '']) => ({ file, code }));
}

/** A file that is shown a second time starts another program, which inherits the files of the previous one. */
export function readPrograms(markdown: string, base: ReadonlyMap<string, string> = new Map()): DocumentProgram[] {
  const programs: DocumentProgram[] = [];
  let files = new Map(base);
  let own = new Set<string>();
  for (const { file, code } of readFileBlocks(markdown)) {
    if (own.has(file)) {
      programs.push({ files, own });
      files = new Map(files);
      own = new Set();
    }
    files.set(file, code);
    own.add(file);
  }
  return own.size === 0 ? programs : [...programs, { files, own }];
}

/** The requests of a document: each line of curl has one line of expected text. */
export function readRequests(markdown: string): ShownRequest[] {
  return [...markdown.matchAll(CURL_BLOCK)].flatMap(([, commands = '', bodies = '']) => {
    const shown = bodies.trimEnd().split('\n');
    return commands
      .trimEnd()
      .split('\n')
      .map((command, i) => ({ path: new URL(command.slice('curl '.length)).pathname, body: shown[i] ?? '' }));
  });
}
