/** A failure that one sentence explains; the output of the tool that failed, if any, is shown above it. */
export class SetupError extends Error {
  constructor(sentence, output = '') {
    super(sentence);
    this.output = output;
  }
}

/** Says one step. On stderr, so that what a command answers (a path, a test summary) stays alone on stdout. */
export function step(text) {
  process.stderr.write(`> ${text}\n`);
}

/** Runs a script's main function; a SetupError ends the process with its sentence instead of a stack. */
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

/** `4.2 s`, for the end of a step's line. */
export function secondsSince(startedAt) {
  return `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
}
