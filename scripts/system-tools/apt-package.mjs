import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { CACHE } from '../setup/paths.mjs';
import { runCommand } from '../setup/run-command.mjs';
import { step } from '../setup/step.mjs';

const UNPACKED = join(CACHE, 'packages');
/** The folder of the programs of unpacked packages. */
export const UNPACKED_PROGRAMS = join(UNPACKED, 'usr', 'bin');

/** Installs a package for the whole system. Returns what apt-get has printed. */
export async function installPackage(name) {
  step(`Installing ${name} (apt-get)`);
  const refreshed = await refreshLists();
  return refreshed + (await asRoot('install', '-y', '--no-install-recommends', name)).output;
}

/**
 * Unpacks a package into the cache of this workspace. None of its scripts runs, so no service starts, and no root is
 * needed. Its dependencies are not installed. Returns what the tools have printed.
 */
export async function unpackPackage(name) {
  step(`Unpacking ${name} (apt-get download), without its service`);
  const folder = mkdtempSync(join(tmpdir(), 'package-'));
  try {
    let { code, output } = await aptGet(['download', name], folder);
    if (code !== 0) {
      // The lists are missing, or older than the repository.
      output += await refreshLists();
      ({ code, output } = withBefore(output, await aptGet(['download', name], folder)));
    }
    const file = readdirSync(folder).find((entry) => entry.endsWith('.deb'));
    if (code !== 0 || file === undefined) return output;
    return output + (await runCommand('dpkg-deb', ['--extract', join(folder, file), UNPACKED])).output;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A failed refresh may concern a repository that does not contain the package: its output is returned, no error. */
async function refreshLists() {
  return (await asRoot('update')).output;
}

async function asRoot(...words) {
  const command = ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-q', '-o', 'DPkg::Lock::Timeout=120', ...words];
  return process.getuid?.() === 0 ? runCommand(command[0], command.slice(1)) : runCommand('sudo', ['-n', ...command]);
}

function aptGet(words, cwd) {
  return runCommand('apt-get', ['-q', ...words], { cwd });
}

const withBefore = (before, { code, output }) => ({ code, output: before + output });
