import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { diskFull, FaultyFiles } from '../../../../test/support/faulty-files.js';
import { settled, VirtualTime } from '../../../../test/support/virtual-time.js';
import { optionInvalid } from '../../../common/options.js';
import type { RedisInfraError } from '../../../common/redis-infra.error.js';
import { InvalidationJournal } from './invalidation-journal.js';
import type { JournalChange } from './journal-change.js';
import { JournalFile } from './journal-file.js';
import type { JournalStorage } from './journal-storage.js';

const key = (name: string): JournalChange => ({ kind: 'key', key: name });
const FLUSH: JournalChange = { kind: 'flush', prefixes: ['cache:'] };

/** Keeps changes in memory. Each write waits for the one before, as the journal guarantees. */
class MemoryStorage implements JournalStorage {
  damagedSections = 0;
  changes: JournalChange[];
  readonly writes: string[] = [];
  failure: Error | undefined;
  private isBusy = false;

  constructor(...changes: JournalChange[]) {
    this.changes = changes;
  }

  async open(): Promise<readonly JournalChange[]> {
    if (this.failure !== undefined) throw this.failure;
    return this.changes.slice();
  }

  append(changes: readonly JournalChange[]): Promise<void> {
    return this.write(`append ${changes.length}`, () => this.changes.push(...changes));
  }

  replace(changes: readonly JournalChange[]): Promise<void> {
    return this.write(`replace ${changes.length}`, () => (this.changes = [...changes]));
  }

  async close(): Promise<void> {
    this.writes.push('close');
  }

  private async write(what: string, run: () => unknown): Promise<void> {
    if (this.isBusy) throw new Error('two writes at a time');
    this.isBusy = true;
    this.writes.push(what);
    await settled();
    this.isBusy = false;
    if (this.failure !== undefined) throw this.failure;
    run();
  }
}

interface StoredJournal {
  readonly journal: InvalidationJournal;
  readonly failures: RedisInfraError[];
}

function journalOn(storage: JournalStorage, limit = 100_000): StoredJournal {
  const failures: RedisInfraError[] = [];
  const journal = new InvalidationJournal({
    limit,
    rootOf: (name) => (name.startsWith('cache:') ? ['cache:'] : undefined),
    storage,
    onCollapse: () => {},
    onStorageFailure: (error) => failures.push(error),
  });
  return { journal, failures };
}

const changesOf = (journal: InvalidationJournal): JournalChange[] => journal.entries().map(({ change }) => change);

describe('a stored journal', () => {
  test('stores the changes added during a write with the next write', async () => {
    const storage = new MemoryStorage();
    const { journal } = journalOn(storage);
    await journal.open();
    journal.add(key('a'));
    await Promise.resolve();
    for (const name of ['b', 'c', 'd']) journal.add(key(name));
    await Promise.all([journal.written(), journal.written()]);
    expect(storage.writes).toEqual(['append 1', 'append 3']);
    expect(storage.changes).toEqual(changesOf(journal));
  });

  test('resolves written() only when the change is stored', async () => {
    const storage = new MemoryStorage();
    const { journal } = journalOn(storage);
    for (let i = 0; i < 10; i++) {
      journal.add(key(`k${i}`));
      await journal.written();
      expect(storage.changes).toContainEqual(key(`k${i}`));
    }
  });

  test('begins with the changes of an earlier process, older than those added before it was open', async () => {
    const storage = new MemoryStorage(key('cache:a'), key('cache:b'), key('plain'));
    const { journal } = journalOn(storage);
    const early = [journal.add(key('cache:b')), journal.add(key('cache:c'))];
    expect(changesOf(journal)).toEqual([key('cache:b'), key('cache:c')]);
    await journal.written();
    expect(changesOf(journal)).toEqual([key('cache:a'), key('plain'), key('cache:b'), key('cache:c')]);
    journal.settle(early);
    expect(changesOf(journal)).toEqual([key('cache:a'), key('plain')]);
    expect(storage.changes).toHaveLength(5);
  });

  test('applies the flush that was added before it was open to the changes of an earlier process', async () => {
    const { journal } = journalOn(new MemoryStorage(key('cache:a'), key('plain')));
    journal.add(FLUSH);
    await journal.open();
    expect(changesOf(journal)).toEqual([key('plain'), FLUSH]);
  });

  test('collapses the changes of an earlier process that are over the limit', async () => {
    const storage = new MemoryStorage(key('cache:a'), key('cache:b'), key('cache:c'));
    const { journal } = journalOn(storage, 2);
    await journal.open();
    expect(changesOf(journal)).toEqual([FLUSH]);
    await journal.written();
    expect(storage.changes).toContainEqual(FLUSH);
  });

  test('empties its storage when everything is acknowledged, also during a write', async () => {
    const storage = new MemoryStorage();
    const { journal } = journalOn(storage);
    await journal.open();
    const entry = journal.add(key('a'));
    await Promise.resolve();
    expect(storage.writes).toEqual(['append 1']);
    journal.settle([entry]);
    await journal.close();
    expect(storage.writes).toEqual(['append 1', 'replace 0', 'close']);
    expect(storage.changes).toEqual([]);
  });

  test('writes nothing for a change that was acknowledged before its write', async () => {
    const storage = new MemoryStorage();
    const { journal } = journalOn(storage);
    await journal.open();
    journal.settle([journal.add(key('a'))]);
    await journal.close();
    expect(storage.writes).toEqual(['close']);
  });

  test('replaces the stored changes when most of them are no longer pending', async () => {
    const storage = new MemoryStorage();
    const { journal } = journalOn(storage);
    await journal.open();
    for (let i = 0; i < 5000; i++) {
      journal.add(key(`k${i % 10}`));
      if (i % 100 === 99) await journal.written();
    }
    expect(storage.changes.length).toBeLessThan(1100);
    expect(storage.writes.filter((write) => write === 'replace 10').length).toBeGreaterThan(2);
    const { journal: next } = journalOn(storage);
    await next.open();
    expect(changesOf(next)).toEqual(changesOf(journal));
  });

  test('writes what is queued when it closes, and nothing later', async () => {
    const storage = new MemoryStorage();
    const { journal } = journalOn(storage);
    await journal.open();
    journal.add(key('a'));
    await journal.close();
    journal.add(key('b'));
    await journal.written();
    expect(storage.changes).toEqual([key('a')]);
    expect(journal.size).toBe(2);
  });
});

describe('a stored journal whose storage fails', () => {
  test('does not open if the storage is in use or not a journal', async () => {
    const storage = new MemoryStorage();
    storage.failure = optionInvalid('journalFile', 'is in use');
    const { journal, failures } = journalOn(storage);
    await expect(journal.open()).rejects.toBe(storage.failure);
    journal.add(key('a'));
    await expect(journal.written()).rejects.toBe(storage.failure);
    await journal.close();
    expect([failures, storage.writes]).toEqual([[], []]);
  });

  test('opens without the storage after any other failure, and reports it once', async () => {
    const storage = new MemoryStorage();
    storage.failure = Object.assign(new Error('EACCES'), { code: 'EACCES' });
    const { journal, failures } = journalOn(storage);
    journal.add(key('a'));
    await journal.open();
    journal.add(key('b'));
    await journal.written();
    await journal.close();
    expect(failures).toMatchObject([{ code: 'JOURNAL_FAILED', cause: storage.failure }]);
    expect([storage.writes, journal.size]).toEqual([[], 2]);
  });

  test('reports one failure, continues in memory, and stores everything again after a while', async () => {
    const storage = new MemoryStorage();
    const { journal, failures } = journalOn(storage);
    await journal.open();
    storage.failure = diskFull();
    for (let i = 0; i < 99; i++) {
      journal.add(key(`k${i}`));
      await journal.written();
    }
    expect(failures).toMatchObject([{ code: 'JOURNAL_FAILED', cause: storage.failure }]);
    expect([storage.writes, storage.changes, journal.size]).toEqual([['append 1'], [], 99]);
    storage.failure = undefined;
    for (let i = 99; i < 110; i++) {
      journal.add(key(`k${i}`));
      await journal.written();
    }
    expect(storage.changes).toEqual(changesOf(journal));
    expect(failures).toHaveLength(1);
    storage.failure = diskFull();
    journal.add(key('z'));
    await journal.written();
    expect(failures).toHaveLength(2);
  });

  test('tries the storage again when everything is acknowledged', async () => {
    const storage = new MemoryStorage();
    const { journal } = journalOn(storage);
    await journal.open();
    storage.failure = diskFull();
    const entry = journal.add(key('a'));
    await journal.written();
    storage.failure = undefined;
    journal.settle([entry]);
    await journal.written();
    journal.add(key('b'));
    await journal.written();
    expect(storage.changes).toEqual([key('b')]);
  });

  test('reports damage once, and replaces the damaged content', async () => {
    const storage = new MemoryStorage(key('a'), key('b'));
    storage.damagedSections = 2;
    const { journal, failures } = journalOn(storage);
    await journal.open();
    await journal.written();
    expect(failures.map(({ code, message }) => [code, message])).toEqual([
      ['JOURNAL_FAILED', 'damaged sections of the journal file were skipped: 2'],
    ]);
    expect(storage.writes).toEqual(['replace 2']);
  });

  test('stores everything in a file once a full disk has space again, whatever was written meanwhile', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'journal-'));
    const files = new FaultyFiles();
    const environment = new VirtualTime();
    const fileOf = (fileSystem = files.fileSystem): JournalFile =>
      new JournalFile({ path: join(folder, 'journal'), option: 'journalFile', environment, fileSystem });
    try {
      const { journal, failures } = journalOn(fileOf());
      await journal.open();
      files.failure = (step) => (step === 'file.appendFile' ? diskFull() : undefined);
      for (let i = 0; i < 250; i++) {
        if (i === 150) files.failure = () => undefined;
        journal.add(key(`k${i}`));
        await journal.written();
      }
      await journal.close();
      const { journal: next } = journalOn(fileOf());
      await next.open();
      expect(changesOf(next)).toEqual(changesOf(journal));
      expect(failures).toHaveLength(1);
      await next.close();
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
