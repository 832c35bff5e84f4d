import { spawn } from 'node:child_process';

// Values of this workspace that would change how a consumer runs.
const REMOVED = /^(?:npm_|NODE_ENV$|NODE_OPTIONS$|REDIS_URL$|VITEST|FORCE_COLOR$|INIT_CWD$)/;
const running = new Set();

process.once('exit', stopAll);
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
]) {
  process.once(signal, () => process.exit(code));
}

/** Runs a command in a folder, killed with its children after `timeoutMs`, and returns `{ code, output }`. */
export function runIn(cwd, command, args, { timeoutMs = 300_000, env = {} } = {}) {
  const own = Object.entries(process.env).filter(([name]) => !REMOVED.test(name));
  const windows = process.platform === 'win32';
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...Object.fromEntries(own), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: windows,
      // A process group of its own, so that npm and what it starts are stopped together.
      detached: !windows,
    });
    running.add(child);
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (output += text));
    const timer = setTimeout(() => {
      output += `\nstopped after ${timeoutMs / 1000} s`;
      stop(child);
    }, timeoutMs);
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      running.delete(child);
      resolve({ code: code ?? 1, output });
    });
  });
}

function stopAll() {
  for (const child of running) stop(child);
}

function stop(child) {
  try {
    if (process.platform === 'win32') child.kill('SIGKILL');
    else process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has exited meanwhile.
  }
}
