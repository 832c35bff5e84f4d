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

export async function promtool(...words: readonly string[]): Promise<PromtoolResult> {
  const { code, stdout, stderr } = await runCommand('promtool', words, { cwd: ROOT });
  return { code, output: stdout + stderr };
}

/** Runs `promtool <words> <file>` on a temporary file. JSON is YAML. */
export async function promtoolOn(text: string, ...words: readonly string[]): Promise<PromtoolResult> {
  const folder = mkdtempSync(join(tmpdir(), 'promtool-'));
  try {
    const file = join(folder, 'input.yml');
    writeFileSync(file, text);
    return await promtool(...words, file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
