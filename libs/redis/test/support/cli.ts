import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { systemClock, type Clock } from '../../src/common/clock.js';
import { run } from '../../src/cli/run.js';
import type { OutputStream } from '../../src/cli/cli-io.js';

const PROGRAM = fileURLToPath(new URL('../../dist/esm/cli.js', import.meta.url));

/** The end of a command. */
export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The surroundings of a command that runs in the process of a test. */
export interface CliSurroundings {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
  /** The width of the terminal that the command writes to. @default no terminal */
  readonly columns?: number;
  /** Called with everything that was printed by then, whenever something is printed. */
  readonly onOutput?: (output: { readonly stdout: string; readonly stderr: string }) => void;
  /** What a person answers. @default there is no person */
  readonly answer?: string;
}

/** Runs a command in this process. */
export async function runCli(args: readonly string[], surroundings: CliSurroundings = {}): Promise<CliResult> {
  const { env = {}, signal = new AbortController().signal, clock = systemClock, columns, answer } = surroundings;
  const { onOutput = () => {} } = surroundings;
  const recorded = (): void => onOutput({ stdout: stdout.text, stderr: stderr.text });
  const stdout = new RecordedStream(columns, recorded);
  const stderr = new RecordedStream(columns, recorded);
  const stdin = Object.assign(new PassThrough(), { isTTY: answer !== undefined });
  if (answer !== undefined) stdin.end(`${answer}\n`);
  const code = await run(args, { env, stdin, stdout, stderr, signal, clock });
  return { code, stdout: stdout.text, stderr: stderr.text };
}

/** Runs the built program in its own process. */
export async function spawnCli(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  onStart: (child: ChildProcessWithoutNullStreams) => void = () => {},
): Promise<CliResult> {
  // Executed like a shell does, by its first line.
  const child = spawn(PROGRAM, args, { env: { PATH: process.env['PATH'], ...env } });
  const texts = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (texts.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (texts.stderr += text));
  onStart(child);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...texts };
}

class RecordedStream extends PassThrough implements OutputStream {
  text = '';

  constructor(
    readonly columns: number | undefined,
    recorded: () => void,
  ) {
    super();
    this.on('data', (chunk: Buffer) => {
      this.text += chunk.toString();
      recorded();
    });
  }

  get isTTY(): boolean {
    return this.columns !== undefined;
  }
}
