import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { inRoot } from './paths.mjs';
import { step } from './step.mjs';

// Outside node_modules, because an installation removes it.
const LOCK = inRoot('.cache', 'setup.lock');
const POLL_MS = 250;
const HALF_WRITTEN_MS = 5_000;

/** Runs `work` exclusively: waits while another process sets up this workspace. */
export async function withSetupLock(work) {
  await take();
  const release = () => rmSync(LOCK, { force: true });
  process.on('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

async function take() {
  mkdirSync(dirname(LOCK), { recursive: true });
  let isAnnounced = false;
  while (!tryToTake()) {
    const holder = readHolder();
    if (holder === undefined) continue;
    if (holder.gone) {
      rmSync(LOCK, { force: true });
      continue;
    }
    if (!isAnnounced) step(`Waiting for the set-up of process ${holder.pid}`);
    isAnnounced = true;
    await delay(POLL_MS);
  }
}

function tryToTake() {
  try {
    writeFileSync(LOCK, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

/** Undefined if the lock was released meanwhile. */
function readHolder() {
  try {
    const pid = Number(readFileSync(LOCK, 'utf8'));
    const half = pid === 0 && Date.now() - statSync(LOCK).mtimeMs > HALF_WRITTEN_MS;
    return { pid, gone: half || (pid !== 0 && !isAlive(pid)) };
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function isAlive(pid) {
  // A lock with our own pid that we do not hold is left over from an earlier process, as happens in containers.
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return !hasEnded(pid);
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** A zombie process keeps its pid until its parent reaps it, which in many containers never happens. */
function hasEnded(pid) {
  try {
    return /\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
