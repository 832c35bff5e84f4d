/** A program that a document shows file by file. The name of a file stands above its block, and in it: ` ```ts [src/main.ts] `. */
export interface DocumentProgram {
  /** What each file holds, by its path. */
  readonly files: ReadonlyMap<string, string>;
  /** The files that this document shows; the others are those of the program that it builds on. */
  readonly own: ReadonlySet<string>;
}

/** A request that a document makes with curl, and the body that it shows below. */
export interface ShownRequest {
  readonly path: string;
  readonly body: string;
}

const FILE_BLOCK = /^`([^`\n]+)`\n\n```ts \[\1\]\n(.*?)^```$/gms;
const CURL_BLOCK = /^```sh\n((?:curl [^\n]*\n)+)```\n\n```text\n(.*?)^```$/gms;

/** The named blocks of a document, in the order in which they stand. */
export function readFileBlocks(markdown: string): { readonly file: string; readonly code: string }[] {
  return [...markdown.matchAll(FILE_BLOCK)].map(([, file = '', code = '']) => ({ file, code }));
}

/** A file that is shown a second time begins another program, which keeps the files that stand. */
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

/** The requests of a document: one line of text below for each line of curl. */
export function readRequests(markdown: string): ShownRequest[] {
  return [...markdown.matchAll(CURL_BLOCK)].flatMap(([, commands = '', bodies = '']) => {
    const shown = bodies.trimEnd().split('\n');
    return commands
      .trimEnd()
      .split('\n')
      .map((command, i) => ({ path: new URL(command.slice('curl '.length)).pathname, body: shown[i] ?? '' }));
  });
}
