import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../built.package.js';
import { runCommand } from '../run.command.js';

/** The result of promtool: what it has printed, to be shown if a test fails. */
export interface PromtoolResult {
  readonly code: number | null;
  readonly output: string;
}

export function promtool(...words: readonly string[]): Promise<PromtoolResult> {
  return run('promtool', words);
}

/** Runs `promtool <words> <file>` on a temporary file. JSON is YAML. */
export function promtoolOn(text: string, ...words: readonly string[]): Promise<PromtoolResult> {
  return withFile(text, (file) => promtool(...words, file));
}

/** Runs `promtool <words>` with the text as its input. */
export function promtoolReading(text: string, ...words: readonly string[]): Promise<PromtoolResult> {
  return withFile(text, (file) => run('sh', ['-c', 'exec promtool "$@" <"$0"', file, ...words]));
}

async function withFile(text: string, use: (file: string) => Promise<PromtoolResult>): Promise<PromtoolResult> {
  const folder = mkdtempSync(join(tmpdir(), 'promtool-'));
  try {
    const file = join(folder, 'input.yml');
    writeFileSync(file, text);
    return await use(file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function run(program: string, words: readonly string[]): Promise<PromtoolResult> {
  const { code, stdout, stderr } = await runCommand(program, words, { cwd: ROOT });
  return { code, output: stdout + stderr };
}
