import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

function allowedProcessors() {
  try {
    return /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  } catch {
    return undefined;
  }
}

/**
 * Binds processes to one processor and returns the function that releases them; without `taskset` it does nothing.
 * For loads in which client and server work alternately: on two processors such a figure is mostly the time that the
 * system takes to wake the other one, which differs from run to run by more than any client does.
 */
export function shareOneProcessor(pids) {
  const allowed = allowedProcessors();
  if (allowed === undefined) return () => {};
  const bind = (processors) => {
    for (const pid of pids) execFileSync('taskset', ['-a', '-p', '-c', processors, `${pid}`], { stdio: 'ignore' });
  };
  try {
    bind(allowed.split(/[,-]/).at(-1));
  } catch {
    return () => {};
  }
  return () => bind(allowed);
}
