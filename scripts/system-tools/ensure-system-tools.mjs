import { delimiter } from 'node:path';
import { runCommand } from '../setup/run-command.mjs';
import { withSetupLock } from '../setup/setup-lock.mjs';
import { secondsSince, SetupError, step } from '../setup/step.mjs';
import { installPackage, unpackPackage, UNPACKED_PROGRAMS } from './apt-package.mjs';

/** Makes the tools available and returns the PATH on which all of them are. Fast if nothing is missing. */
export async function ensureSystemTools(tools) {
  const path = [UNPACKED_PROGRAMS, process.env.PATH].join(delimiter);
  await withSetupLock(async () => {
    for (const tool of tools) if (!(await runs(tool, path))) await provide(tool, path);
  });
  return path;
}

async function provide(tool, path) {
  const { command, aptPackage, hasService = false } = tool;
  const startedAt = performance.now();
  const output = hasService ? await unpackPackage(aptPackage) : await installPackage(aptPackage);
  if (await runs(tool, path)) return step(`Installed ${aptPackage} in ${secondsSince(startedAt)}`);
  throw new SetupError(
    `These tests need ${command}, and apt-get could not provide it: install the package ${aptPackage} (or another ` +
      `${command}), so that ${command} is on the PATH, and try again.`,
    output,
  );
}

async function runs({ command }, path) {
  const { code } = await runCommand(command, ['--version'], { env: { ...process.env, PATH: path } });
  return code === 0;
}
