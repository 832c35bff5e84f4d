import { once } from 'node:events';
import { CommanderError } from 'commander';
import type { CliIo, OutputStream } from './cli-io.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { failureOf } from './failure.js';
import { createProgram } from './program.js';
import { refuseSecrets, withoutOptionValues } from './secret-arguments.js';

/**
 * Runs one command of the command line and returns its exit code. Never rejects.
 * @param args the arguments without the names of Node.js and of the program
 */
export async function run(args: readonly string[], outer: CliIo): Promise<ExitCode> {
  const closed = new AbortController();
  const unwatch = [outer.stdout, outer.stderr].map((stream) => watchClosing(stream, closed));
  const io: CliIo = { ...outer, signal: AbortSignal.any([outer.signal, closed.signal]) };
  try {
    const code = await runCommand(args, io);
    await flushed(io.stdout);
    return closed.signal.aborted ? EXIT.ok : code;
  } finally {
    for (const end of unwatch) end();
  }
}

async function runCommand(args: readonly string[], io: CliIo): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.ok;
  try {
    refuseSecrets(args);
    const program = createProgram({
      finish: async (action) => {
        exitCode = await action(io);
      },
      output: {
        writeOut: (text) => io.stdout.write(text),
        writeErr: (text) => io.stderr.write(withoutOptionValues(text)),
        getOutHelpWidth: () => io.stdout.columns ?? 80,
        getErrHelpWidth: () => io.stderr.columns ?? 80,
        getOutHasColors: () => false,
        getErrHasColors: () => false,
      },
    });
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    // The parser has written its message already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (io.signal.aborted) return EXIT.interrupted;
    const failure = failureOf(error);
    const { code, message } = failure;
    io.stderr.write(
      args.includes('--json') ? `${JSON.stringify({ error: { code, message } })}\n` : `error: ${message}\n`,
    );
    return failure.exitCode;
  }
}

/** Aborts when a stream has no reader any more: `nestjs-redis-infra stats --watch | head -1`. */
function watchClosing(stream: OutputStream, closed: AbortController): () => void {
  const onError = (): void => closed.abort();
  stream.on('error', onError);
  return () => {
    // A later write may still fail, and nothing else handles the error.
    stream.off('error', onError);
    stream.on('error', () => {});
  };
}

async function flushed(stream: OutputStream): Promise<void> {
  if ('writableNeedDrain' in stream && stream.writableNeedDrain === true) await once(stream, 'drain').catch(() => {});
}
