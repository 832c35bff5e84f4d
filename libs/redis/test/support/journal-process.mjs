// Adds keys to a journal in a file, and prints the number of each once it is stored, until the process is killed:
// node journal-process.mjs <module with InvalidationJournal and JournalFile> <path> <first number>
import { writeSync } from 'node:fs';

const [module, path, first] = process.argv.slice(2);
const { InvalidationJournal, JournalFile, SYSTEM_ENVIRONMENT } = await import(module);
const storage = new JournalFile({ path, option: 'journalFile', environment: SYSTEM_ENVIRONMENT });
const journal = new InvalidationJournal({
  limit: 100_000,
  rootOf: () => undefined,
  storage,
  onCollapse() {},
  onStorageFailure(error) {
    throw error;
  },
});
await journal.open();
for (let number = Number(first); ; number++) {
  // Many changes of few keys: the file is compacted again and again.
  for (let i = 0; i < 100; i++) journal.add({ kind: 'key', key: `often:${i}` });
  journal.add({ kind: 'key', key: `once:${number}` });
  await journal.written();
  writeSync(1, `${number}\n`);
}
