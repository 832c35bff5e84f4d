/** A failure with a one-sentence message; the output of the failed tool, if any, is printed above it. */
export class SetupError extends Error {
  constructor(sentence, output = '') {
    super(sentence);
    this.output = output;
  }
}

/** Prints a step to stderr, so that stdout contains only the result of a command (a path, a test summary). */
export function step(text) {
  process.stderr.write(`> ${text}\n`);
}

/** Runs the main function of a script. A SetupError ends the process with its message instead of a stack trace. */
export async function runScript(main) {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    if (error.output) process.stderr.write(`${error.output.trimEnd()}\n\n`);
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

/** The elapsed time, for example `4.2 s`. */
export function secondsSince(startedAt) {
  return `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
}
