const owned = new Set();

/** Registers a child process so that it does not outlive this process, however the run ends. */
export function own(child) {
  owned.add(child);
  child.once('exit', () => owned.delete(child));
  return child;
}

process.on('exit', () => {
  for (const child of owned) child.kill('SIGKILL');
});
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
]) {
  process.on(signal, () => process.exit(code));
}
