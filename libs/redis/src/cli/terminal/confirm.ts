import { createInterface } from 'node:readline/promises';
import type { CliIo } from '../cli-io.js';
import { UsageError } from '../usage.error.js';
import { widthOf, wrapText } from './wrap.js';

/** The answer of a person. */
export type Confirmation = 'yes' | 'no' | 'interrupted';

/**
 * Asks on the terminal.
 * @throws UsageError if there is no terminal
 */
export async function confirm({ stdin, stderr, signal }: CliIo, question: string): Promise<Confirmation> {
  if (stdin.isTTY !== true || stderr.isTTY !== true)
    throw new UsageError('There is no terminal to ask for a confirmation: pass --yes.');
  const lines = createInterface({ input: stdin, output: stderr });
  // Ctrl-C on a terminal that this interface reads sends no signal to the process.
  const interrupted = new AbortController();
  lines.on('SIGINT', () => interrupted.abort());
  lines.on('close', () => interrupted.abort());
  const prompt = wrapText(`${question} [y/N] `, widthOf(stderr)).join('\n');
  try {
    const answer = await lines.question(prompt, { signal: AbortSignal.any([signal, interrupted.signal]) });
    return /^y(?:es)?$/i.test(answer.trim()) ? 'yes' : 'no';
  } catch {
    stderr.write('\n');
    return 'interrupted';
  } finally {
    lines.close();
  }
}
