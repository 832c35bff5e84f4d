import { runCommand } from '../setup/run-command.mjs';
import { secondsSince, step } from '../setup/step.mjs';
import { findRedisServer } from './find-redis-server.mjs';

/** Installs a server with the package manager of the system. Returns its path, or undefined if that is not possible. */
export async function installRedisServer() {
  const startedAt = performance.now();
  const installed = (await withApt()) || (await withBrew());
  if (!installed) return undefined;
  step(`Installed in ${secondsSince(startedAt)}`);
  return findRedisServer();
}

async function withApt() {
  if ((await runCommand('apt-get', ['--version'])).code !== 0) return false;
  const root = process.getuid?.() === 0;
  if (!root && (await runCommand('sudo', ['-n', 'true'])).code !== 0) return false;

  step('Installing redis-tools (apt-get), which holds the server and starts no service');
  const aptGet = (...args) => {
    const command = [
      'env',
      'DEBIAN_FRONTEND=noninteractive',
      'apt-get',
      '-q',
      '-o',
      'DPkg::Lock::Timeout=120',
      ...args,
    ];
    return root ? runCommand(command[0], command.slice(1)) : runCommand('sudo', ['-n', ...command]);
  };
  // The failed refresh may concern a repository that does not contain the package: try the installation anyway.
  await aptGet('update');
  return succeeded(await aptGet('install', '-y', '--no-install-recommends', 'redis-tools'));
}

async function withBrew() {
  if ((await runCommand('brew', ['--version'])).code !== 0) return false;
  step('Installing redis (brew)');
  return succeeded(await runCommand('brew', ['install', '--quiet', 'redis']));
}

function succeeded({ code, output }) {
  if (code !== 0) process.stderr.write(`${output.trimEnd()}\n`);
  return code === 0;
}
