import { isBuiltFrom, markBuiltFrom, sourceHash } from './build-fingerprint.mjs';
import { runCommand } from './run-command.mjs';
import { secondsSince, SetupError, step } from './step.mjs';

/** Builds the package and the demo, unless the sources are unchanged since the last build. */
export async function buildIfNeeded() {
  const hash = sourceHash();
  if (isBuiltFrom(hash)) return;
  step('Building (npm run build)');
  const startedAt = performance.now();
  const { code, output } = await runCommand('npm', ['run', 'build']);
  if (code !== 0)
    throw new SetupError(`The build failed with code ${code}; see the output of the compiler above.`, output);
  markBuiltFrom(hash);
  step(`Built in ${secondsSince(startedAt)}`);
}
