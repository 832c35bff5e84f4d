import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { inRoot } from './paths.mjs';
import { step } from './step.mjs';

// Outside node_modules, which an installation removes.
const LOCK = inRoot('.cache', 'setup.lock');
const POLL_MS = 250;
const HALF_WRITTEN_MS = 5_000;

/** Runs `work` while no other process sets up this workspace; waits for one that does. */
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
  let said = false;
  while (!tryToTake()) {
    const holder = readHolder();
    if (holder === undefined) continue;
    if (holder.gone) {
      rmSync(LOCK, { force: true });
      continue;
    }
    if (!said) step(`Waiting for the set-up that process ${holder.pid} is doing`);
    said = true;
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

/** Undefined when the lock has just been released. */
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
  // A lock of our own number that we do not hold was left by an earlier process, as happens in containers.
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return !hasEnded(pid);
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** A process that has ended keeps its number until its parent asks, which in many containers nobody does. */
function hasEnded(pid) {
  try {
    return /\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
