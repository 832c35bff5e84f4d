import { join } from 'node:path';
import { inRoot } from '../setup/paths.mjs';
import { SetupError } from '../setup/step.mjs';
import { runIn } from './run-in.mjs';

/** Packs the built package into `folder` and returns the path of the tarball. */
export async function packPackage(folder) {
  const { code, output } = await runIn(inRoot('libs', 'redis'), 'npm', [
    'pack',
    '--silent',
    '--ignore-scripts',
    '--pack-destination',
    folder,
  ]);
  if (code !== 0) throw new SetupError('npm pack failed; see its output above.', output);
  return join(folder, output.trim().split('\n').at(-1));
}
