import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { StartError } from '../start.error.js';

interface Holder {
  readonly pid: number;
  readonly since: number;
}

/**
 * Takes a data directory for this process and returns what gives it back. PGlite has no lock of its own, and two processes on one
 * directory destroy it. The lock of a process that is gone is taken over.
 * @throws StartError if another process has it, or if the directory cannot be written
 */
export function lockDataDirectory(directory: string): () => void {
  const path = join(directory, 'lock');
  try {
    mkdirSync(directory, { recursive: true });
    if (!tryToTake(path)) {
      const holder = readHolder(path);
      if (isRunning(holder)) throw inUse(directory, holder.pid);
      rmSync(path, { force: true });
      if (!tryToTake(path)) throw inUse(directory, readHolder(path).pid);
    }
  } catch (error) {
    if (error instanceof StartError) throw error;
    throw new StartError(
      `The data directory ${directory} cannot be used (${(error as Error).message}): choose another with --data.`,
    );
  }
  return releaseOnce(path);
}

function tryToTake(path: string): boolean {
  const holder: Holder = { pid: process.pid, since: Date.now() };
  try {
    writeFileSync(path, JSON.stringify(holder), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** A lock that cannot be read was cut off while it was written, so its process is gone: pid 0. */
function readHolder(path: string): Holder {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Holder;
  } catch {
    return { pid: 0, since: 0 };
  }
}

function isRunning({ pid, since }: Holder): boolean {
  // Numbers are given anew after a restart of the machine, and in a container every start may get the same one.
  const sinceBoot = since >= Date.now() - uptime() * 1000;
  if (pid === 0 || pid === process.pid || !sinceBoot) return false;
  try {
    process.kill(pid, 0);
    return !hasEnded(pid);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** A process that has ended keeps its number until its parent asks, which in many containers nobody does. */
function hasEnded(pid: number): boolean {
  try {
    return /\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

function inUse(directory: string, pid: number): StartError {
  return new StartError(
    `The data directory ${directory} is in use by process ${pid}: stop that one, or choose another with --data.`,
  );
}

function releaseOnce(path: string): () => void {
  const release = (): void => {
    process.off('exit', release);
    // Someone may have removed the directory under us, and another process made it anew.
    if (readHolder(path).pid === process.pid) rmSync(path, { force: true });
  };
  process.on('exit', release);
  return release;
}
