import { bundlePackage } from './build/bundle.mjs';
import { writeDashboard } from './build/write-dashboard.mjs';
import { embedLua } from './setup/embed-lua.mjs';
import { runCommand } from './setup/run-command.mjs';
import { runScript, SetupError } from './setup/step.mjs';

await runScript(async () => {
  embedLua();
  await nestBuild('redis');
  await bundlePackage();
  writeDashboard();
  // The demo imports the package by its name.
  await nestBuild('demo');
});

async function nestBuild(project) {
  const { code } = await runCommand('npx', ['--no', 'nest', 'build', project], { show: true });
  if (code !== 0) throw new SetupError(`nest build ${project} failed with code ${code}.`);
}
