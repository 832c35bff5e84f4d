import { describe, expect, test } from 'vitest';
import type { ChangeBatch } from './change-batch.js';
import type { JournalChange, Prefixes } from './journal-change.js';
import { InvalidationJournal, type JournalParts } from './invalidation-journal.js';

const ROOT: Prefixes = ['cache:'];
const USERS: Prefixes = ['cache:', 'cache:users::'];
const EU: Prefixes = ['cache:', 'cache:users::', 'cache:users::eu::'];
/** A cache on top of the namespace `outer` of another cache. */
const NESTED: Prefixes = ['cache:', 'cache:outer::', 'cache:outer::inner:'];

function createJournal(parts: Partial<JournalParts> = {}): InvalidationJournal {
  return new InvalidationJournal({
    limit: 100_000,
    rootOf: (key) => (key.startsWith('cache:') ? ROOT : undefined),
    storage: undefined,
    onCollapse: () => {},
    onStorageFailure: (error) => expect.fail(error.message),
    ...parts,
  });
}

const key = (name: string): JournalChange => ({ kind: 'key', key: name });
const flush = (prefixes: Prefixes): JournalChange => ({ kind: 'flush', prefixes });
const removal = (prefixes: Prefixes, ...tags: string[]): JournalChange => ({
  kind: 'tags',
  prefixes,
  tags,
  keepForErrors: false,
});
const staleness = (prefixes: Prefixes, ...tags: string[]): JournalChange => ({
  kind: 'tags',
  prefixes,
  tags,
  keepForErrors: true,
});
const CLEAR: JournalChange = { kind: 'clear' };

const changesOf = (journal: InvalidationJournal): JournalChange[] => journal.entries().map(({ change }) => change);

describe('the changes of a journal', () => {
  test('are listed in the order in which they were added', () => {
    const journal = createJournal();
    const changes = [key('b'), flush(USERS), key('cache:a'), removal(ROOT, 't'), CLEAR, key('cache:users::1')];
    for (const change of changes) journal.add(change);
    expect(changesOf(journal)).toEqual([
      flush(USERS),
      key('cache:a'),
      removal(ROOT, 't'),
      CLEAR,
      key('cache:users::1'),
    ]);
  });

  test('contain the permission to clear a whole database until the clear is settled', () => {
    const journal = createJournal();
    const permitted: JournalChange = { kind: 'clear', wholeDatabase: true };
    journal.add(permitted);
    journal.add(CLEAR);
    expect(changesOf(journal)).toEqual([permitted]);
    journal.settle(journal.entries());
    journal.add(CLEAR);
    expect(changesOf(journal)).toEqual([CLEAR]);
  });

  test('contain the newest of each key only, at its new place', () => {
    const journal = createJournal();
    journal.add(key('cache:a'));
    journal.add(key('cache:b'));
    const newest = journal.add(key('cache:a'));
    expect(changesOf(journal)).toEqual([key('cache:b'), key('cache:a')]);
    expect(journal.keyEntry('cache:a')).toEqual(newest);
    expect(journal.size).toBe(2);
  });

  test('contain no key or tag that was added before a flush of its namespace or of one around it', () => {
    const journal = createJournal();
    const inside = [key('cache:users::1'), key('cache:users::eu::1'), removal(EU, 't'), flush(EU)];
    const outside = [key('cache:a'), key('cache:usersx'), key('other'), removal(ROOT, 't')];
    for (const change of [...inside, ...outside, flush(USERS)]) journal.add(change);
    expect(changesOf(journal)).toEqual([...outside, flush(USERS)]);
    expect(journal.size).toBe(5);
  });

  test('contain the keys that were added after a flush: the flush may be on its way already', () => {
    const journal = createJournal();
    const flushed = journal.add(flush(ROOT));
    journal.add(key('cache:a'));
    journal.settle([flushed]);
    expect(changesOf(journal)).toEqual([key('cache:a')]);
  });

  test('contain no key of a cache on top of another cache that was added before its flush', () => {
    const journal = createJournal();
    journal.add(key('cache:outer::inner:1'));
    journal.add(key('cache:outer::inner:deep::1'));
    journal.add(key('cache:outer::1'));
    journal.add(flush(NESTED));
    journal.add(key('cache:outer::inner:deep::2'));
    expect(changesOf(journal)).toEqual([key('cache:outer::1'), flush(NESTED), key('cache:outer::inner:deep::2')]);
    expect(journal.has('cache:outer::inner:2')).toBe(true);
    expect(journal.has('cache:outer::2')).toBe(false);
  });

  test('contain the changes of roots after a clear, which issues no version', () => {
    const journal = createJournal();
    journal.add(flush(USERS));
    journal.add(key('plain'));
    journal.add(CLEAR);
    expect(changesOf(journal)).toEqual([flush(USERS), CLEAR]);
  });

  test('contain a key whose root became known later exactly once', () => {
    let isKnown = false;
    const journal = createJournal({ rootOf: () => (isKnown ? ROOT : undefined) });
    journal.add(key('cache:users::1'));
    isKnown = true;
    expect(journal.has('cache:users::1')).toBe(true);
    journal.add(key('cache:users::1'));
    expect(changesOf(journal)).toEqual([key('cache:users::1')]);
    journal.add(flush(USERS));
    expect(changesOf(journal)).toEqual([flush(USERS)]);
  });
});

describe('the state of a key in a journal', () => {
  test('is covered by its own change, by a flush around it, or by a clear', () => {
    const journal = createJournal();
    expect(journal.has('cache:users::1')).toBe(false);
    const own = journal.add(key('cache:users::1'));
    expect(journal.has('cache:users::1')).toBe(true);
    journal.settle([own]);
    const flushed = journal.add(flush(USERS));
    expect([journal.has('cache:users::1'), journal.has('cache:1'), journal.has('1')]).toEqual([true, false, false]);
    journal.settle([flushed]);
    journal.add(CLEAR);
    expect([journal.has('cache:users::1'), journal.has('1')]).toEqual([true, true]);
  });

  test('has no entry of its own once a flush has replaced it', () => {
    const journal = createJournal();
    journal.add(key('cache:a'));
    journal.add(flush(ROOT));
    expect(journal.keyEntry('cache:a')).toBeUndefined();
    expect(journal.has('cache:a')).toBe(true);
  });
});

describe('the state of a tag in a journal', () => {
  test('is that of its own namespace', () => {
    const journal = createJournal();
    journal.add(removal(USERS, 't'));
    expect(journal.tagState('cache:users::', 't')).toBe('removed');
    expect(journal.tagState('cache:', 't')).toBeUndefined();
    expect(journal.tagState('cache:users::', 'u')).toBeUndefined();
  });

  test('is removed, not stale, whichever change is newer', () => {
    const journal = createJournal();
    journal.add(staleness(ROOT, 'a', 'b'));
    expect(journal.tagState('cache:', 'a')).toBe('stale');
    journal.add(removal(ROOT, 'a', 'c'));
    journal.add(staleness(ROOT, 'c'));
    expect(journal.tagState('cache:', 'a')).toBe('removed');
    expect(journal.tagState('cache:', 'c')).toBe('removed');
    expect(changesOf(journal)).toEqual([staleness(ROOT, 'b'), removal(ROOT, 'a', 'c'), staleness(ROOT, 'c')]);
  });

  test('stays for the tags of an acknowledged entry that were invalidated again since', () => {
    const journal = createJournal();
    const first = journal.add(removal(ROOT, 'a', 'b'));
    const second = journal.add(removal(ROOT, 'b'));
    journal.settle([first]);
    expect(journal.entries()).toEqual([second]);
    journal.settle([second]);
    expect(journal.size).toBe(0);
  });
});

describe('an acknowledgement', () => {
  test('removes these very entries and keeps later ones of the same key and namespace', () => {
    const journal = createJournal();
    const older = [journal.add(key('cache:a')), journal.add(flush(USERS)), journal.add(CLEAR)];
    const newer = [journal.add(key('cache:a')), journal.add(flush(USERS)), journal.add(CLEAR)];
    journal.settle(older);
    expect(journal.entries()).toEqual(newer);
    journal.settle(journal.entries());
    expect([journal.size, journal.entries()]).toEqual([0, []]);
  });

  test('changes nothing if a collapse has replaced the entry', () => {
    const journal = createJournal({ limit: 2 });
    journal.add(key('cache:a'));
    journal.add(key('cache:b'));
    const replaced = journal.add(key('cache:c'));
    journal.settle([replaced]);
    expect(changesOf(journal)).toEqual([flush(ROOT)]);
  });
});

describe('a journal over its limit', () => {
  test('collapses the root with the most changes into a flush of it', () => {
    const lost: number[] = [];
    const journal = createJournal({ limit: 4, onCollapse: (count) => lost.push(count) });
    const changes = [key('plain'), key('cache:a'), removal(USERS, 't'), key('cache:users::1'), key('cache:b')];
    for (const change of changes) journal.add(change);
    expect(changesOf(journal)).toEqual([key('plain'), flush(ROOT)]);
    expect(lost).toEqual([4]);
    expect(changes.slice(1).every((change) => change.kind !== 'key' || journal.has(change.key))).toBe(true);
  });

  test('collapses the keys without a root into a clear', () => {
    const journal = createJournal({ limit: 2 });
    for (const change of [key('a'), key('cache:b'), key('c')]) journal.add(change);
    expect(changesOf(journal)).toEqual([key('cache:b'), CLEAR]);
    expect(journal.has('a')).toBe(true);
  });

  test('keeps one change of each root even if these are more than the limit', () => {
    const journal = createJournal({ limit: 1 });
    for (const change of [key('a'), key('cache:b'), key('c'), key('cache:d')]) journal.add(change);
    expect(changesOf(journal)).toEqual([CLEAR, flush(ROOT)]);
  });
});

describe('the batches of a journal', () => {
  const all = { maxKeys: 2, isLeftOut: () => false };
  const listOf = (batches: Iterable<ChangeBatch>): unknown[] =>
    Array.from(batches, ({ keys, other }) => other?.change ?? keys);

  test('contain several keys of any namespaces, or one other change', () => {
    const journal = createJournal();
    const changes = [key('a'), key('cache:b'), key('cache:users::c'), flush(EU), removal(ROOT, 't')];
    for (const change of changes) journal.add(change);
    expect(listOf(journal.batches(all))).toEqual([removal(ROOT, 't'), ['a', 'cache:b'], flush(EU), ['cache:users::c']]);
  });

  test('leave out what the caller names, also keys that are added meanwhile', () => {
    const journal = createJournal();
    for (const name of ['a', 'b', 'c']) journal.add(key(name));
    const batches = journal.batches({ maxKeys: 1, isLeftOut: (name) => name === 'b' })[Symbol.iterator]();
    expect(batches.next().value?.keys).toEqual(['a']);
    journal.add(key('d'));
    expect(listOf({ [Symbol.iterator]: () => batches })).toEqual([['c'], ['d']]);
  });

  test('are acknowledged without the keys that changed again', () => {
    const journal = createJournal();
    for (const name of ['cache:a', 'cache:b']) journal.add(key(name));
    const [batch] = journal.batches(all);
    journal.add(key('cache:b'));
    if (batch !== undefined) journal.settleBatch(batch);
    expect([changesOf(journal), journal.size]).toEqual([[key('cache:b')], 1]);
  });

  test('are acknowledged with the keys that another namespace took over', () => {
    const journal = createJournal({ rootOf: () => undefined });
    journal.add(key('cache:a'));
    const [batch] = journal.batches(all);
    journal.add(removal(ROOT, 't'));
    if (batch !== undefined) journal.settleBatch(batch);
    expect([changesOf(journal), journal.size]).toEqual([[removal(ROOT, 't')], 1]);
  });
});

describe('a journal without a storage', () => {
  test('opens, is written immediately, and closes', async () => {
    const journal = createJournal();
    journal.add(key('a'));
    await journal.written();
    await journal.open();
    await journal.close();
    expect(journal.size).toBe(1);
  });
});
