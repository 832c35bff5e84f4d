import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StartError } from '../start.error.js';
import { lockDataDirectory } from './data-directory.lock.js';

describe('lockDataDirectory', () => {
  let folder: string;
  let directory: string;
  const lock = (): string => join(directory, 'lock');

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'places-lock-'));
    directory = folder;
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('creates and locks a directory that does not exist, and releases it', () => {
    directory = join(folder, 'new');
    const release = lockDataDirectory(directory);
    expect(existsSync(lock())).toBe(true);
    release();
    expect(existsSync(lock())).toBe(false);
  });

  it('throws a StartError with directory and process when a running process has the lock', () => {
    writeFileSync(lock(), JSON.stringify({ pid: process.ppid, since: Date.now() }));
    expect(() => lockDataDirectory(directory)).toThrow(
      new StartError(
        `The data directory ${directory} is in use by process ${process.ppid}: stop that process, or choose another directory with --data.`,
      ),
    );
  });

  it.each([
    ['of a process that has ended', JSON.stringify({ pid: 2 ** 22 + 1, since: Date.now() })],
    ['from before the boot of the machine', JSON.stringify({ pid: process.ppid, since: 0 })],
    ['that was written incompletely', ''],
  ])('takes over a lock %s', (_, text) => {
    writeFileSync(lock(), text);
    lockDataDirectory(directory)();
    expect(existsSync(lock())).toBe(false);
  });

  it('names a directory that cannot be used', () => {
    writeFileSync(join(directory, 'file'), '');
    expect(() => lockDataDirectory(join(directory, 'file'))).toThrow(/file cannot be used \(EEXIST/);
  });
});
