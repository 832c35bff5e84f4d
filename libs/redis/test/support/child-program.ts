import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const LIMIT_MS = 15_000;

/** One run of a program in its own process. */
export interface ProgramRun {
  /** The lines that the program printed. */
  readonly lines: string[];
  readonly code: number | null;
}

/**
 * Runs `<name>.mjs` of this folder until it exits, or kills it after `limitMs`. When it prints `ready`, calls `onReady`, and then tells the
 * program on its input to go on.
 */
export async function runProgram(
  name: string,
  args: readonly string[],
  onReady: () => unknown = () => {},
  limitMs = LIMIT_MS,
): Promise<ProgramRun> {
  const program = fileURLToPath(new URL(`./${name}.mjs`, import.meta.url));
  const child = spawn(process.execPath, [program, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  // A program that exits before it reads its input closes it. Its exit code shows what happened.
  child.stdin.on('error', () => {});
  const giveUp = setTimeout(() => child.kill('SIGKILL'), limitMs);
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    if (!chunk.toString().includes('ready')) return;
    void Promise.resolve(onReady()).then(() => child.stdin.end('go\n'));
  });
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(giveUp);
  return { lines: output.trim().split('\n'), code };
}
