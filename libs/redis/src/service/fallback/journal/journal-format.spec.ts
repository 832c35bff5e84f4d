import { describe, expect, test } from 'vitest';
import type { JournalChange } from './journal-change.js';
import { decodeChanges, encodeChanges, HEADER, versionOf } from './journal-format.js';

const KEY: JournalChange = { kind: 'key', key: 'cache:a' };
const TAGS: JournalChange = {
  kind: 'tags',
  prefixes: ['cache:', 'cache:users::'],
  tags: ['0123456789abcdef', 'fedcba9876543210'],
  keepForErrors: true,
};
const FLUSH: JournalChange = { kind: 'flush', prefixes: ['cache:'] };
const CLEAR: JournalChange = { kind: 'clear' };
const CLEAR_DATABASE: JournalChange = { kind: 'clear', wholeDatabase: true };
const ALL = [KEY, TAGS, FLUSH, CLEAR];

const fileOf = (...sections: Uint8Array[]): Buffer => Buffer.concat([HEADER, ...sections]);
const file = (...changes: JournalChange[]): Buffer => fileOf(encodeChanges(changes));

describe('the format of a journal file', () => {
  test('returns every kind of change as it was written', () => {
    const changes = [...ALL, CLEAR_DATABASE];
    expect(decodeChanges(file(...changes))).toEqual({
      changes,
      damagedSections: 0,
      readableBytes: file(...changes).length,
    });
  });

  test.each([['\u001e\u001e'], ['\n\0"\\'], ['💥 key'], ['\ud800 unpaired'], ['nestjs-redis-infra journal 1\n']])(
    'returns the key %j as it was written',
    (key) => expect(decodeChanges(file({ kind: 'key', key }, CLEAR)).changes).toEqual([{ kind: 'key', key }, CLEAR]),
  );

  test('has its version in the first line', () => {
    expect(versionOf(file(KEY))).toBe(1);
    expect(versionOf(Buffer.from('nestjs-redis-infra journal 12\nanything'))).toBe(12);
  });

  test('is not a journal with another first line', () => {
    expect(versionOf(Buffer.from('{"some": "file of the application"}'))).toBeUndefined();
    expect(versionOf(Buffer.from('something'))).toBeUndefined();
  });

  test('counts as empty if the first line is torn at any byte', () => {
    for (let end = 0; end < HEADER.length; end++) expect(versionOf(HEADER.subarray(0, end))).toBe(0);
  });
});

describe('a journal file that ends at any byte', () => {
  test('contains the changes that are complete, and no damage', () => {
    const ends = ALL.map((_, i) => file(...ALL.slice(0, i + 1)).length);
    const bytes = file(...ALL);
    for (let end = HEADER.length; end <= bytes.length; end++) {
      const complete = ends.filter((each) => each <= end).length;
      expect(decodeChanges(bytes.subarray(0, end))).toEqual({
        changes: ALL.slice(0, complete),
        damagedSections: 0,
        readableBytes: ends[complete - 1] ?? HEADER.length,
      });
    }
  });
});

describe('a journal file with damage', () => {
  test('contains all other changes, whichever byte of a change was inverted', () => {
    const [start, end] = [file(KEY).length, file(KEY, TAGS).length];
    for (let at = start; at < end; at++) {
      const bytes = file(...ALL);
      bytes[at] = bytes[at]! ^ 0xff;
      expect([at, decodeChanges(bytes)]).toEqual([
        at,
        { changes: [KEY, FLUSH, CLEAR], damagedSections: 1, readableBytes: bytes.length },
      ]);
    }
  });

  test('counts each damaged section', () => {
    const [first, second] = [file(KEY).length + 3, file(KEY, TAGS, FLUSH).length + 3];
    const bytes = file(...ALL, KEY);
    bytes[first] = bytes[first]! ^ 1;
    bytes[second] = bytes[second]! ^ 1;
    expect(decodeChanges(bytes)).toMatchObject({ changes: [KEY, FLUSH, KEY], damagedSections: 2 });
  });

  test('contains the changes after a section of zeros, as a lost block leaves it', () => {
    const bytes = fileOf(encodeChanges([KEY]), new Uint8Array(4096), encodeChanges([CLEAR]));
    expect(decodeChanges(bytes)).toMatchObject({ changes: [KEY, CLEAR], damagedSections: 1 });
  });

  test('skips a record whose sum is right and whose content is no change', () => {
    const records = [{ kind: 'rename' }, { kind: 'flush', prefixes: [] }, { kind: 'key' }, null, 7].map((content) =>
      encodeChanges([content as never]),
    );
    const bytes = fileOf(encodeChanges([KEY]), ...records, encodeChanges([CLEAR]));
    expect(decodeChanges(bytes)).toMatchObject({ changes: [KEY, CLEAR], damagedSections: 1 });
  });
});
