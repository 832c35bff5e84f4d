import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { StartError } from '../start.error.js';

interface Holder {
  readonly pid: number;
  readonly since: number;
}

/**
 * Locks a data directory for this process, and returns a function that releases it. PGlite has no lock, and two processes on one directory
 * destroy it. The lock of a process that has ended is taken over.
 * @throws StartError when another process has the lock, or the directory is not writable
 */
export function lockDataDirectory(directory: string): () => void {
  const path = join(directory, 'lock');
  try {
    mkdirSync(directory, { recursive: true });
    if (!tryLock(path)) {
      const holder = readHolder(path);
      if (isRunning(holder)) throw inUse(directory, holder.pid);
      rmSync(path, { force: true });
      if (!tryLock(path)) throw inUse(directory, readHolder(path).pid);
    }
  } catch (error) {
    if (error instanceof StartError) throw error;
    throw new StartError(
      `The data directory ${directory} cannot be used (${(error as Error).message}): choose another directory with --data.`,
    );
  }
  return releaseOnce(path);
}

function tryLock(path: string): boolean {
  const holder: Holder = { pid: process.pid, since: Date.now() };
  try {
    writeFileSync(path, JSON.stringify(holder), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** An unreadable lock was written incompletely, so its process has ended: pid 0. */
function readHolder(path: string): Holder {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Holder;
  } catch {
    return { pid: 0, since: 0 };
  }
}

function isRunning({ pid, since }: Holder): boolean {
  // Process ids are reused after a reboot, and every start of a container may get the same one.
  const sinceBoot = since >= Date.now() - uptime() * 1000;
  if (pid === 0 || pid === process.pid || !sinceBoot) return false;
  try {
    process.kill(pid, 0);
    return !hasEnded(pid);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Detects zombies: an ended process keeps its id until its parent reaps it, which many containers never do. */
function hasEnded(pid: number): boolean {
  try {
    return /\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

function inUse(directory: string, pid: number): StartError {
  return new StartError(
    `The data directory ${directory} is in use by process ${pid}: stop that process, or choose another directory with --data.`,
  );
}

function releaseOnce(path: string): () => void {
  const release = (): void => {
    process.off('exit', release);
    // The directory may have been removed, and created again by another process.
    if (readHolder(path).pid === process.pid) rmSync(path, { force: true });
  };
  process.on('exit', release);
  return release;
}
