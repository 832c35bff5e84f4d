import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { RedisServer } from 'nestjs-redis-infra/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requireCurrentBuild, ROOT } from './built.package.js';
import { readRequests } from './docs.programs.js';
import { DocumentServer } from './docs.server.js';
import {
  documentText,
  GETTING_STARTED,
  PERSIAN,
  PROGRAMS,
  SNIPPETS,
  type PlacedSnippet,
  type PlacedProgram,
} from './documented.code.js';
import { runCommand, type CommandResult } from './run.command.js';

// Inside the workspace, so that the snippets find the built package and its peers by name.
const FOLDER = join(ROOT, '.cache', 'readme-snippets');
const TSC = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
const VITEST = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
const COMPILE_TIMEOUT_MS = 120_000;
const RUN_TIMEOUT_MS = 60_000;
const MAX_COMPILE_ONLY = 3;
const DATABASES = 512;

const TSCONFIG = {
  extends: '../../tsconfig.json',
  compilerOptions: { noEmit: false, declaration: false, sourceMap: false, rootDir: '.', outDir: './js', paths: {} },
  include: ['**/*.ts'],
  exclude: ['js'],
};

let server: RedisServer | undefined;
let compiled: CommandResult;

async function compile(): Promise<CommandResult> {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, 'tsconfig.json'), JSON.stringify(TSCONFIG));
  for (const { name, code } of SNIPPETS) writeFileSync(join(FOLDER, `${name}.ts`), code);
  for (const { name, files } of PROGRAMS) {
    for (const [file, code] of files) {
      mkdirSync(dirname(join(FOLDER, name, file)), { recursive: true });
      writeFileSync(join(FOLDER, name, file), code);
    }
  }
  return runCommand(process.execPath, [TSC, '-p', '.'], { cwd: FOLDER, timeoutMs: COMPILE_TIMEOUT_MS });
}

/** The compiler errors of a snippet, with its document and line. */
function compilerErrors({ name, at }: PlacedSnippet): string[] {
  const lines = compiled.stdout.split('\n').filter((line) => line.startsWith(`${name}.ts(`));
  return lines.map((line) => line.replace(`${name}.ts`, at));
}

/** The environment of a user's shell: without the variables of the test runner. */
function userEnvironment(redisUrl: string): Record<string, string | undefined> {
  const ours = Object.keys(process.env).filter((name) =>
    /^(NODE_|VITEST|FORCE_COLOR$|TEST$|DEV$|PROD$|MODE$)/.test(name),
  );
  return { ...Object.fromEntries(ours.map((name) => [name, undefined])), NO_COLOR: '1', REDIS_URL: redisUrl };
}

/** Runs the compiled file as a user does, in a separate process. It is too short to gain from optimised code. */
function run({ name }: PlacedSnippet, redisUrl: string): Promise<CommandResult> {
  const env = userEnvironment(redisUrl);
  return runCommand(process.execPath, ['--no-opt', join(FOLDER, 'js', `${name}.js`)], {
    cwd: FOLDER,
    env,
    timeoutMs: RUN_TIMEOUT_MS / 2,
  });
}

function expectOutput({ output }: PlacedSnippet, { code, stdout, stderr }: CommandResult): void {
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: output ?? stdout, stderr: '' });
}

beforeAll(async () => {
  await requireCurrentBuild();
  server = await RedisServer.start({ config: { databases: String(DATABASES) } });
  compiled = await compile();
}, COMPILE_TIMEOUT_MS);

afterAll(() => server?.stop());

describe('the snippets of the README and the guides', () => {
  it.each(SNIPPETS)('compile without changes: $at', (snippet) => {
    expect(compilerErrors(snippet)).toEqual([]);
  });

  it('compile without further output of the compiler', () => {
    expect(compiled).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it.each(SNIPPETS.filter(({ compileOnly }) => !compileOnly))(
    'run and print the documented output: $at',
    // The first decision of a cold process misses its deadline of 50 ms on a busy machine. A wrong output stays wrong.
    { timeout: 3 * RUN_TIMEOUT_MS, retry: 2 },
    async (snippet) => {
      expectOutput(snippet, await run(snippet, `${server?.url}/${snippet.db}`));
    },
  );

  it('are numerous, nearly all run, and most have a documented output', () => {
    const silent = SNIPPETS.filter(({ output }) => output === undefined);
    const compileOnly = SNIPPETS.filter((snippet) => snippet.compileOnly);
    expect(SNIPPETS.length).toBeGreaterThan(10);
    expect(SNIPPETS.length).toBeLessThan(DATABASES);
    expect(compileOnly.length).toBeLessThanOrEqual(MAX_COMPILE_ONLY);
    expect(silent.length).toBeLessThan(SNIPPETS.length / 4);
  });
});

const serving = PROGRAMS.filter(({ own }) => own.has('src/main.ts') || own.has('src/app.module.ts'));
const testing = PROGRAMS.filter(({ own }) => [...own].some((file) => file.endsWith('.spec.ts')));

function startProgram({ name }: PlacedProgram, redisUrl: string): Promise<DocumentServer> {
  return DocumentServer.start(join(FOLDER, 'js', name, 'src', 'main.js'), userEnvironment(redisUrl));
}

async function expectShownBodies(app: DocumentServer, document: string): Promise<void> {
  const requests = readRequests(documentText(document));
  const bodies: string[] = [];
  for (const { path } of requests) bodies.push(await (await app.get(path)).text());
  expect(bodies).toEqual(requests.map(({ body }) => body));
}

/**
 * On a slow machine a decision may miss the limiter's deadline of 50 ms; the module then logs that it was decided
 * without Redis.
 */
const LATE_DECISION = /DEADLINE_EXCEEDED: a rate limit was decided without Redis/;

function unexpectedLines(output: string): string[] {
  return output.split('\n').filter((line) => /ERROR|WARN/.test(line) && !LATE_DECISION.test(line));
}

describe('an application that a document shows file by file', () => {
  it.each(serving)(
    'answers the requests of $document as shown, on Redis, and ends on SIGTERM: $name',
    async (program) => {
      const app = await startProgram(program, `${server?.url}/${program.db}`);
      try {
        await expectShownBodies(app, program.document);
      } finally {
        await app.stop();
      }
      expect(unexpectedLines(app.output)).toEqual([]);
    },
    RUN_TIMEOUT_MS,
  );

  it(
    'gives the same answers without Redis, queries once, and refuses the sixth request of a minute',
    async () => {
      const [first] = serving.filter(({ document }) => document === GETTING_STARTED) as [PlacedProgram];
      const app = await startProgram(first, '');
      try {
        await expectShownBodies(app, GETTING_STARTED);
        expect(app.output.match(/querying bern/g)).toHaveLength(1);
        const answers = [];
        for (let i = 0; i < 4; i++) answers.push(await app.get('/cities/bern'));
        expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429]);
        expect(Number(answers[3]?.headers.get('retry-after'))).toBeGreaterThan(0);
      } finally {
        await app.stop();
      }
    },
    RUN_TIMEOUT_MS,
  );

  it.each(testing)(
    'passes the tests that $document shows: $name',
    async ({ name }) => {
      const words = [VITEST, 'run', '--root', join(FOLDER, name)];
      const env = { ...userEnvironment(''), REDIS_SERVER_BIN: process.env.REDIS_SERVER_BIN };
      const result = await runCommand(process.execPath, words, { cwd: FOLDER, env, timeoutMs: RUN_TIMEOUT_MS });
      expect(result).toEqual({ code: 0, stdout: expect.stringMatching(/Tests +\d+ passed/), stderr: '' });
    },
    RUN_TIMEOUT_MS,
  );
});

describe('the Persian quick start', () => {
  it('has the code of the English one, block by block', () => {
    const blocks = (document: string): string[] => documentText(document).match(/^```.*?^```$/gms) ?? [];
    expect(blocks(PERSIAN)).toEqual(blocks(GETTING_STARTED));
    expect(blocks(PERSIAN).length).toBeGreaterThan(5);
  });
});
