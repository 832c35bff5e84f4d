import * as promises from 'node:fs/promises';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../../../../test/support/eventually.js';
import { VirtualTime } from '../../../../test/support/virtual-time.js';
import { JournalLock, type LockFileSystem, type LockOwner } from './journal-lock.js';

const HERE = hostname();
/** No system has a process with this id. */
const ENDED: LockOwner = { pid: 2 ** 30, host: HERE, startedMs: 1 };
const OTHER_HOST: LockOwner = { pid: 1, host: 'other', startedMs: 1 };

let folder: string;
let path: string;
let time: VirtualTime;
const locks: JournalLock[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lock-'));
  path = join(folder, 'lock');
  time = new VirtualTime();
});

afterEach(async () => {
  for (const lock of locks.splice(0)) await lock.release();
  await rm(folder, { recursive: true });
});

function createLock(owner?: LockOwner, fileSystem: LockFileSystem = promises): JournalLock {
  const lock = new JournalLock({ path, option: 'journalFile', environment: time, fileSystem, owner });
  locks.push(lock);
  return lock;
}

/** A lock that was refreshed at this age. */
async function lockOf(owner: unknown, ageMs: number): Promise<void> {
  await writeFile(path, typeof owner === 'string' ? owner : JSON.stringify(owner));
  const at = new Date(time.clock.wallMs() - ageMs);
  await utimes(path, at, at);
}

const IN_USE = { code: 'OPTION_INVALID', context: { path: 'journalFile' } };

describe('the lock of a journal', () => {
  test('is refused while another part of the process holds it, and granted once released', async () => {
    const first = createLock();
    await first.acquire();
    await expect(createLock().acquire()).rejects.toMatchObject(IN_USE);
    await first.release();
    expect(await readdir(folder)).toEqual([]);
    await createLock().acquire();
  });

  test('is refused while another process runs', async () => {
    await lockOf({ pid: process.ppid, host: HERE, startedMs: 1 }, 0);
    await expect(createLock().acquire()).rejects.toMatchObject({
      ...IN_USE,
      message: `journalFile: is in use by process ${process.ppid} on ${HERE}: give each process its own file`,
    });
  });

  test.each([
    ['a process that has ended', ENDED],
    ['an earlier process with the same id', { pid: process.pid, host: HERE, startedMs: 1 }],
  ])('is taken over from %s', async (_, owner) => {
    await lockOf(owner, 0);
    const lock = createLock();
    await lock.acquire();
    expect(lock.isHeld).toBe(true);
    expect(await readFile(path, 'utf8')).toContain(`"pid":${process.pid}`);
    expect(await readdir(folder)).toEqual(['lock']);
  });

  test.each([
    ['a process on another host', OTHER_HOST],
    ['a process that has not written its identity', ''],
    ['a process whose id was given to another process', { pid: process.ppid, host: HERE, startedMs: 1 }],
  ])('of %s is taken over once it was not refreshed for a minute', async (_, owner) => {
    await lockOf(owner, 60_000);
    await expect(createLock().acquire()).rejects.toMatchObject(IN_USE);
    await lockOf(owner, 60_001);
    await createLock().acquire();
  });

  test('is granted to one of many that find it stale at the same time', async () => {
    await lockOf(ENDED, 0);
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => createLock().acquire()));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(locks.filter(({ isHeld }) => isHeld)).toHaveLength(1);
    expect(await readdir(folder)).toEqual(['lock']);
  });

  test('is granted to one process, also if others arrive while a stale one is removed', async () => {
    await lockOf(ENDED, 0);
    const [before, during] = [createLock(), createLock()];
    const rename: typeof promises.rename = async (from, to) => {
      await before.acquire().catch(() => {});
      await promises.rename(from, to);
      await during.acquire().catch(() => {});
    };
    await createLock(undefined, { ...promises, rename })
      .acquire()
      .catch(() => {});
    expect(locks.filter(({ isHeld }) => isHeld)).toHaveLength(1);
    expect(await readdir(folder)).toEqual(['lock']);
  });

  test('is granted although a process has ended while it removed a stale one', async () => {
    await lockOf(ENDED, 0);
    const crash = (): Promise<never> => Promise.reject(new Error('killed'));
    await expect(createLock(undefined, { ...promises, rename: crash, rm: crash }).acquire()).rejects.toThrow('killed');
    await expect(createLock().acquire()).rejects.toMatchObject(IN_USE);
    // More than a minute ago.
    for (const name of await readdir(folder)) await utimes(join(folder, name), 1, 1);
    await createLock().acquire();
    expect(await readdir(folder)).toEqual(['lock']);
  });

  test('stays with the process that took it over between the check and the removal of another one', async () => {
    const running = { pid: process.ppid, host: HERE, startedMs: 1 };
    await lockOf(ENDED, 0);
    const rename: typeof promises.rename = async (from, to) => {
      await lockOf(running, 0);
      await promises.rename(from, to);
    };
    await expect(createLock(undefined, { ...promises, rename }).acquire()).rejects.toMatchObject(IN_USE);
    expect(await readFile(path, 'utf8')).toBe(JSON.stringify(running));
    expect(await readdir(folder)).toEqual(['lock']);
  });

  test('is refreshed, so that it never looks stale', async () => {
    const lock = createLock();
    await lock.acquire();
    await utimes(path, 1, 1);
    await time.advance(10_000);
    const refreshed = (): Promise<boolean> =>
      promises.stat(path).then(({ mtimeMs }) => Math.abs(mtimeMs - time.clock.wallMs()) < 1000);
    await eventually(refreshed);
    await eventually(() => time.running === 1);
  });

  test('is created again if a clean-up removed it', async () => {
    const lock = createLock();
    await lock.acquire();
    await rm(path);
    await time.advance(10_000);
    await eventually(async () => (await readdir(folder)).length === 1);
    expect(lock.isHeld).toBe(true);
  });

  test('is no longer held once another process has taken it over, and that lock stays', async () => {
    const lock = createLock();
    await lock.acquire();
    await lockOf(OTHER_HOST, 0);
    await time.advance(10_000);
    await eventually(() => !lock.isHeld);
    await lock.release();
    expect(await readFile(path, 'utf8')).toBe(JSON.stringify(OTHER_HOST));
    expect(time.running).toBe(0);
  });
});
