import { isInstalled, markInstalled } from './install-marker.mjs';
import { runCommand } from './run-command.mjs';
import { secondsSince, SetupError, step } from './step.mjs';

const UNREACHABLE =
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ENOTCACHED|ERR_SOCKET_TIMEOUT/;

/** Installs the packages of the lock file, unless they are up to date. */
export async function installIfNeeded() {
  if (isInstalled()) return;
  step('Installing packages (npm ci)');
  const startedAt = performance.now();
  // --include=dev, because NODE_ENV=production would omit the tools for build and tests.
  const { code, output } = await runCommand('npm', [
    'ci',
    '--include=dev',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ]);
  if (code !== 0) throw new SetupError(explain(code, output), output);
  markInstalled();
  step(`Installed in ${secondsSince(startedAt)}`);
}

function explain(code, output) {
  if (code === 127) return 'npm was not found: install Node.js together with npm, and try again.';
  if (UNREACHABLE.test(output)) return 'npm could not reach its registry: check the network (or proxy) and try again.';
  if (output.includes('ENOSPC')) return 'The disk is full: free some space and try again.';
  return `npm ci failed with code ${code}; see its output above.`;
}
