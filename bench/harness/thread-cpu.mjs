import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

const MAIN_THREAD = `/proc/self/task/${process.pid}/schedstat`;
const cell = new Int32Array(new SharedArrayBuffer(4));

/** The kernel brings the figure up to date when a thread gives its processor away: hence the nap. */
function readKernel() {
  Atomics.wait(cell, 0, 0, 0.01);
  return Number(readFileSync(MAIN_THREAD, 'utf8').split(' ')[0]) / 1000;
}

function fromKernel() {
  try {
    readKernel();
    return readKernel;
  } catch {
    return undefined;
  }
}

function fromNode() {
  if (process.threadCpuUsage === undefined) return undefined;
  return () => {
    const { user, system } = process.threadCpuUsage();
    return user + system;
  };
}

/**
 * µs of CPU the main thread has used: what its loop is held for, whoever else wants the processors. Where neither Node nor the
 * kernel tells (Node 20 on other systems than Linux), the time in which its loop was not idle, which is never less.
 */
export const mainThreadCpu = fromNode() ?? fromKernel() ?? (() => performance.eventLoopUtilization().active * 1000);
