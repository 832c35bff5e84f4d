import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RedisServer } from 'nestjs-redis-infra/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requireCurrentBuild, ROOT } from './built.package.js';
import { readSnippets, type Snippet } from './readme.snippets.js';
import { runCommand, type CommandResult } from './run.command.js';

// Inside the workspace, so that the snippets find the built package and its peers by name.
const FOLDER = join(ROOT, '.cache', 'readme-snippets');
const TSC = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
const COMPILE_TIMEOUT_MS = 120_000;
const RUN_TIMEOUT_MS = 60_000;
const MOST_COMPILE_ONLY = 3;
const DATABASES = 128;

interface Placed extends Snippet {
  readonly at: string;
  /** The name of its file. */
  readonly name: string;
  /** The number of the database that it has for itself. */
  readonly db: number;
}

const GUIDES = 'docs/guides';

function guides(): string[] {
  if (!existsSync(join(ROOT, GUIDES))) return [];
  const names = readdirSync(join(ROOT, GUIDES)).filter((name) => name.endsWith('.md'));
  return names.sort().map((name) => `${GUIDES}/${name}`);
}

const SNIPPETS: readonly Placed[] = ['README.md', 'libs/redis/README.md', ...guides()]
  .flatMap((document) => {
    const snippets = readSnippets(readFileSync(join(ROOT, document), 'utf8'));
    return snippets.map((snippet) => ({ ...snippet, at: `${document}:${snippet.line}` }));
  })
  .map((snippet, db) => ({ ...snippet, db, name: `snippet-${db}` }));

const TSCONFIG = {
  extends: '../../tsconfig.json',
  compilerOptions: { noEmit: false, declaration: false, sourceMap: false, rootDir: '.', outDir: './js', paths: {} },
  include: ['*.ts'],
};

let server: RedisServer | undefined;
let compiled: CommandResult;

async function compile(): Promise<CommandResult> {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, 'tsconfig.json'), JSON.stringify(TSCONFIG));
  for (const { name, code } of SNIPPETS) writeFileSync(join(FOLDER, `${name}.ts`), code);
  return runCommand(process.execPath, [TSC, '-p', '.'], { cwd: FOLDER, timeoutMs: COMPILE_TIMEOUT_MS });
}

/** What the compiler says of a snippet, with the place where that stands. */
function complaints({ name, at }: Placed): string[] {
  const lines = compiled.stdout.split('\n').filter((line) => line.startsWith(`${name}.ts(`));
  return lines.map((line) => line.replace(`${name}.ts`, at));
}

/** As a user would run it: the compiled file, on its own. */
function run({ name }: Placed, redisUrl: string): Promise<CommandResult> {
  const unset = { NODE_ENV: undefined, NODE_OPTIONS: undefined, NODE_TEST_CONTEXT: undefined, FORCE_COLOR: undefined };
  const env = { ...unset, NO_COLOR: '1', REDIS_URL: redisUrl };
  return runCommand(process.execPath, [join(FOLDER, 'js', `${name}.js`)], {
    cwd: FOLDER,
    env,
    timeoutMs: RUN_TIMEOUT_MS / 2,
  });
}

function expectOutput({ output }: Placed, { code, stdout, stderr }: CommandResult): void {
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: output ?? stdout, stderr: '' });
}

beforeAll(async () => {
  await requireCurrentBuild();
  server = await RedisServer.start({ config: { databases: String(DATABASES) } });
  compiled = await compile();
}, COMPILE_TIMEOUT_MS);

afterAll(() => server?.stop());

describe('the snippets of the README and the guides', () => {
  it.each(SNIPPETS)('compile as they stand: $at', (snippet) => {
    expect(complaints(snippet)).toEqual([]);
  });

  it('give the compiler nothing else to say', () => {
    expect(compiled).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it.each(SNIPPETS.filter(({ compileOnly }) => !compileOnly))(
    'run and print what they say: $at',
    async (snippet) => {
      expectOutput(snippet, await run(snippet, `${server?.url}/${snippet.db}`));
    },
    RUN_TIMEOUT_MS,
  );

  it('are many, nearly all of them run, and most say what they print', () => {
    const silent = SNIPPETS.filter(({ output }) => output === undefined);
    const compileOnly = SNIPPETS.filter((snippet) => snippet.compileOnly);
    expect(SNIPPETS.length).toBeGreaterThan(10);
    expect(SNIPPETS.length).toBeLessThan(DATABASES);
    expect(compileOnly.length).toBeLessThanOrEqual(MOST_COMPILE_ONLY);
    expect(silent.length).toBeLessThan(SNIPPETS.length / 4);
  });

  it('begin with one of a dozen lines that prints the same without any Redis', async () => {
    const [first] = SNIPPETS as [Placed];
    expect(first.code.split('\n').filter((line) => line !== '').length).toBeLessThanOrEqual(12);
    expect(first.output).toBeDefined();
    expectOutput(first, await run(first, ''));
  });
});
