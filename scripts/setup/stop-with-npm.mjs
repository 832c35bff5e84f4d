const POLL_MS = 500;

/**
 * Ends this process, as SIGTERM does, when the shell that npm started it in has exited: npm forwards SIGTERM to that
 * shell only, and this process would survive.
 */
export function stopWithNpm() {
  const runByNpm = process.env.npm_lifecycle_event !== undefined;
  if (!runByNpm || process.platform === 'win32') return;
  const shell = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === shell) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, POLL_MS);
  timer.unref();
}
