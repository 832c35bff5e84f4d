import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

const MAIN_THREAD = `/proc/self/task/${process.pid}/schedstat`;
const cell = new Int32Array(new SharedArrayBuffer(4));

/** The kernel updates the figure when a thread yields its processor: hence the sleep. */
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
 * µs of CPU that the main thread has used, independent of other processes. If neither Node.js nor the kernel
 * reports it (Node 20 on systems other than Linux), the time in which its event loop was not idle, which is never less.
 */
export const mainThreadCpu = fromNode() ?? fromKernel() ?? (() => performance.eventLoopUtilization().active * 1000);
