import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../../../../test/support/eventually.js';
import { diskFull, FaultyFiles } from '../../../../test/support/faulty-files.js';
import { VirtualTime } from '../../../../test/support/virtual-time.js';
import type { JournalChange } from './journal-change.js';
import { JournalFile, type JournalFileParts } from './journal-file.js';
import { encodeChanges, HEADER } from './journal-format.js';

const key = (name: string): JournalChange => ({ kind: 'key', key: name });
const CHANGES: readonly JournalChange[] = [key('cache:a'), { kind: 'flush', prefixes: ['cache:'] }, key('cache:b')];

let folder: string;
let path: string;
let time: VirtualTime;
const opened: JournalFile[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'journal-'));
  path = join(folder, 'journal');
  time = new VirtualTime();
});

afterEach(async () => {
  for (const file of opened.splice(0)) await file.close().catch(() => {});
  await rm(folder, { recursive: true });
});

function createFile(parts: Partial<JournalFileParts> = {}): JournalFile {
  const file = new JournalFile({ path, option: 'journalFile', environment: time, ...parts });
  opened.push(file);
  return file;
}

/** What the next process reads. */
async function storedChanges(): Promise<readonly JournalChange[]> {
  const file = createFile();
  const changes = await file.open();
  await file.close();
  expect(file.damagedSections).toBe(0);
  return changes;
}

/** A file of a process that has ended without releasing its lock. */
const ofEndedProcess = (files: FaultyFiles): JournalFile =>
  createFile({ fileSystem: files.fileSystem, owner: { pid: 2 ** 30, host: hostname(), startedMs: 1 } });

const modeOf = async (name: string): Promise<number> => (await stat(name)).mode & 0o777;

describe('a journal file', () => {
  test('returns what was appended, after it was closed and opened again', async () => {
    const file = createFile();
    expect(await file.open()).toEqual([]);
    await file.append(CHANGES.slice(0, 2));
    await file.append(CHANGES.slice(2));
    await file.close();
    expect(await storedChanges()).toEqual(CHANGES);
    expect(await readdir(folder)).toEqual(['journal']);
  });

  test('contains only the replacement, and what was appended later', async () => {
    const file = createFile();
    await file.open();
    await file.append(CHANGES);
    await file.replace([key('c')]);
    await file.append([key('d')]);
    await file.replace([]);
    await file.append([key('e')]);
    await file.close();
    expect(await storedChanges()).toEqual([key('e')]);
  });

  test('replaces more changes than it encodes at a time', async () => {
    const many = Array.from({ length: 2500 }, (_, i) => key(`k${i}`));
    const file = createFile();
    await file.open();
    await file.replace(many);
    await file.close();
    expect(await storedChanges()).toEqual(many);
  });

  test('is readable only for its user, with its lock and its replacement, also if it was for others', async () => {
    await writeFile(path, HEADER);
    await chmod(path, 0o644);
    const file = createFile();
    await file.open();
    expect([await modeOf(path), await modeOf(`${path}.lock`)]).toEqual([0o600, 0o600]);
    await file.replace(CHANGES);
    expect(await modeOf(path)).toBe(0o600);
  });

  test('that ends in an incomplete change at any byte can be appended to', async () => {
    const [first, last] = [encodeChanges(CHANGES.slice(0, 2)), encodeChanges(CHANGES.slice(2))];
    for (let end = 0; end < last.length; end++) {
      await writeFile(path, Buffer.concat([HEADER, first, last.subarray(0, end)]));
      const file = createFile();
      expect(await file.open()).toEqual(CHANGES.slice(0, 2));
      expect(file.damagedSections).toBe(0);
      await file.append([key('z')]);
      await file.close();
      expect(await storedChanges()).toEqual([...CHANGES.slice(0, 2), key('z')]);
    }
  });

  test('counts damaged sections and returns the changes around them', async () => {
    const bytes = Buffer.concat([HEADER, encodeChanges(CHANGES)]);
    bytes[HEADER.length + encodeChanges(CHANGES.slice(0, 1)).length + 12]! ^= 0xff;
    await writeFile(path, bytes);
    const file = createFile();
    expect(await file.open()).toEqual([CHANGES[0], CHANGES[2]]);
    expect(file.damagedSections).toBe(1);
  });
});

describe('the path of a journal file', () => {
  test.each([
    ['a file of another format version', 'nestjs-redis-infra journal 2\n', /has format 2/],
    ['a file of something else', 'precious data', /not a journal/],
  ])('must not be %s, which stays unchanged', async (_, content, message) => {
    await writeFile(path, content);
    await expect(createFile().open()).rejects.toMatchObject({
      code: 'OPTION_INVALID',
      message: expect.stringMatching(message),
      context: { path: 'journalFile' },
    });
    expect(await readFile(path, 'utf8')).toBe(content);
    expect(await readdir(folder)).toEqual(['journal']);
  });

  test('must be in an existing folder and no folder', async () => {
    for (const wrong of [join(folder, 'missing', 'journal'), folder]) {
      await expect(createFile({ path: wrong }).open()).rejects.toMatchObject({ code: 'OPTION_INVALID' });
    }
    await rm(`${folder}.lock`, { force: true });
  });

  test('may be an empty file, or one whose first line is incomplete', async () => {
    for (const content of ['', 'nestjs-redis']) {
      await writeFile(path, content);
      expect(await storedChanges()).toEqual([]);
      expect(await readFile(path)).toEqual(HEADER);
    }
  });
});

describe('a replacement of a journal file', () => {
  /** Runs a process up to the given operation of its replacement. Returns whether it got to the end. */
  async function crashAt(step: number, replacement: readonly JournalChange[]): Promise<boolean> {
    const files = new FaultyFiles();
    const file = ofEndedProcess(files);
    await file.open();
    await file.append(CHANGES);
    files.steps.length = 0;
    files.crashAt(step);
    return file.replace(replacement).then(
      () => true,
      () => false,
    );
  }

  test.each([
    ['other changes', [key('x'), key('y')]],
    ['no changes', []],
  ])('by %s leaves the old or the new changes if the process ends between any two operations', async (_, by) => {
    let isDone = false;
    const left = new Set<string>();
    for (let step = 1; !isDone; step++) {
      expect(step).toBeLessThan(50);
      await rm(path, { force: true });
      await rm(`${path}.lock`, { force: true });
      isDone = await crashAt(step, by);
      const stored = JSON.stringify(await storedChanges());
      expect([JSON.stringify(CHANGES), JSON.stringify(by)]).toContain(stored);
      left.add(stored);
    }
    expect(left.size).toBe(2);
  });

  test('that fails leaves the file usable by another replacement, and no temporary file', async () => {
    const files = new FaultyFiles();
    const file = createFile({ fileSystem: files.fileSystem });
    await file.open();
    await file.append(CHANGES);
    for (const step of ['file.appendFile', 'file.sync', 'rename']) {
      files.failure = (each) => (each === step ? diskFull() : undefined);
      await expect(file.replace([key('x')])).rejects.toThrow('ENOSPC');
      files.failure = () => undefined;
      expect((await readdir(folder)).sort()).toEqual(['journal', 'journal.lock']);
    }
    await file.replace([key('x')]);
    await file.append([key('y')]);
    await file.close();
    expect(await storedChanges()).toEqual([key('x'), key('y')]);
  });
});

describe('the writes of a journal file', () => {
  test('are synchronised once a second, and at the end', async () => {
    const files = new FaultyFiles();
    const syncs = (): number => files.steps.filter((step) => step === 'file.datasync').length;
    const file = createFile({ fileSystem: files.fileSystem });
    await file.open();
    for (let i = 0; i < 3; i++) await file.append([key(`${i}`)]);
    await time.advance(999);
    expect(syncs()).toBe(0);
    await time.advance(1);
    await eventually(() => syncs() === 1);
    await time.advance(5000);
    expect(syncs()).toBe(1);
    await file.append([key('z')]);
    await file.close();
    expect(syncs()).toBe(2);
  });

  test('reject after a failed synchronisation until the file is replaced', async () => {
    const files = new FaultyFiles();
    files.failure = (step) => (step === 'file.datasync' ? diskFull() : undefined);
    const file = createFile({ fileSystem: files.fileSystem });
    await file.open();
    await file.append([key('a')]);
    await time.advance(1000);
    await expect(file.append([key('b')])).rejects.toThrow('synchronised');
    await file.replace([key('c')]);
    await file.append([key('d')]);
  });
});
