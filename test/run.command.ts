import { spawn } from 'node:child_process';

export interface CommandRun {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The program is killed after this time. @default 60_000 */
  readonly timeoutMs?: number;
}

export interface CommandResult {
  /** null if a signal ended the program. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. Does not reject for its exit code. */
export function runCommand(program: string, args: readonly string[], run: CommandRun): Promise<CommandResult> {
  const { cwd, env, timeoutMs = 60_000 } = run;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ code, stdout, stderr });
    });
  });
}
