import { createInterface } from 'node:readline/promises';
import type { CliIo } from '../cli-io.js';
import { UsageError } from '../usage.error.js';

/**
 * Asks on the terminal, and returns whether the answer is yes.
 * @throws UsageError if there is no terminal
 */
export async function confirm({ stdin, stderr, signal }: CliIo, question: string): Promise<boolean> {
  if (stdin.isTTY !== true || stderr.isTTY !== true)
    throw new UsageError('There is no terminal to ask for a confirmation: pass --yes.');
  const lines = createInterface({ input: stdin, output: stderr });
  // Ctrl-C on a terminal that this interface reads sends no signal to the process.
  const interrupted = new AbortController();
  lines.on('SIGINT', () => interrupted.abort());
  lines.on('close', () => interrupted.abort());
  try {
    const answer = await lines.question(`${question} [y/N] `, {
      signal: AbortSignal.any([signal, interrupted.signal]),
    });
    return /^y(?:es)?$/i.test(answer.trim());
  } catch {
    stderr.write('\n');
    return false;
  } finally {
    lines.close();
  }
}
