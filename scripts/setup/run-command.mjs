import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { ROOT } from './paths.mjs';

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Runs a command in `cwd`, by default the workspace, and returns `{ code, output }`. Forwards signals to the command and
 * waits for it, so that no process survives. With `show: true` it writes to the terminal; otherwise `output` holds its
 * output.
 */
export async function runCommand(command, args, { env = process.env, cwd = ROOT, show = false } = {}) {
  // On Windows npm and npx are batch files, which need a shell.
  const shell = process.platform === 'win32' && (command === 'npm' || command === 'npx');
  const stdio = show ? 'inherit' : ['ignore', 'pipe', 'pipe'];
  const child = spawn(command, args, { cwd, env, shell, stdio });

  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text) => (output += text));
  child.stderr?.setEncoding('utf8').on('data', (text) => (output += text));

  let stoppedBy;
  const forward = (signal) => {
    stoppedBy = signal;
    child.kill(signal);
  };
  for (const signal of FORWARDED) process.on(signal, forward);
  try {
    const code = await ended(child);
    if (stoppedBy) process.exit(128 + constants.signals[stoppedBy]);
    return { code, output };
  } finally {
    for (const signal of FORWARDED) process.off(signal, forward);
  }
}

/** The exit code, as in a shell; 127 if the command does not exist. */
function ended(child) {
  return new Promise((resolve, reject) => {
    child.on('error', (error) => (error.code === 'ENOENT' ? resolve(127) : reject(error)));
    child.on('close', (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  });
}
