// Started with --expose-gc: the heap and the time that a journal takes.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SYSTEM_ENVIRONMENT } from '../../libs/redis/build/common/time/environment.js';
import { InvalidationJournal } from '../../libs/redis/build/service/fallback/journal/invalidation-journal.js';
import { JournalFile } from '../../libs/redis/build/service/fallback/journal/journal-file.js';
import { serve } from '../harness/served-process.mjs';

const ROOT = ['cache:'];
const FLUSH = { kind: 'flush', prefixes: ['cache:', 'cache:items::'] };
const WARM_UP = 20_000;

function heapBytes() {
  for (let i = 0; i < 3; i++) globalThis.gc();
  return process.memoryUsage().heapUsed;
}

const keysOf = (count) =>
  Array.from({ length: count }, (_, i) => Buffer.from(`cache:items::item:${String(i).padStart(6, '0')}`).toString());

function createJournal(limit, storage) {
  const fail = (what) => {
    throw new Error(`the journal ${what}`);
  };
  return new InvalidationJournal({
    limit,
    rootOf: () => ROOT,
    storage,
    onCollapse: () => fail('collapsed'),
    onStorageFailure: () => fail('could not be stored'),
  });
}

function addAll(journal, keys) {
  for (const key of keys) journal.add({ kind: 'key', key });
  return journal;
}

function addWithFlushes(journal, keys) {
  for (const [i, key] of keys.entries()) {
    journal.add({ kind: 'key', key });
    if (i % 10 === 9) journal.add(FLUSH);
  }
}

async function timed(run) {
  const start = performance.now();
  const result = await run();
  return [performance.now() - start, result];
}

async function measureFile(keys) {
  const folder = await mkdtemp(join(tmpdir(), 'bench-journal-'));
  const open = async () => {
    const storage = new JournalFile({
      path: join(folder, 'journal'),
      option: 'journalFile',
      environment: SYSTEM_ENVIRONMENT,
    });
    const journal = createJournal(keys.length, storage);
    await journal.open();
    return journal;
  };
  try {
    const journal = await open();
    const [fileMs] = await timed(async () => {
      for (let at = 0; at < keys.length; at += 100) {
        addAll(journal, keys.slice(at, at + 100));
        await journal.written();
      }
    });
    await journal.close();
    const [openMs, next] = await timed(open);
    if (next.size !== keys.length) throw new Error(`the file contains ${next.size} changes`);
    await next.close();
    return { fileMs, openMs };
  } finally {
    await rm(folder, { recursive: true });
  }
}

serve({
  async measure({ entries }) {
    const keys = keysOf(entries);
    for (const run of [addAll, addWithFlushes]) run(createJournal(WARM_UP), keys.slice(0, WARM_UP));
    const before = heapBytes();
    const [addMs, journal] = await timed(() => addAll(createJournal(entries), keys));
    const bytes = (heapBytes() - before) / entries;
    const [listMs, listed] = await timed(() => journal.entries());
    const [settleMs] = await timed(() => journal.settle(listed));
    if (journal.size > 0) throw new Error('the journal is not empty');
    const [flushMs] = await timed(() => addWithFlushes(createJournal(entries), keys));
    return { bytes, addMs, listMs, settleMs, flushMs, ...(await measureFile(keys)) };
  },
});
