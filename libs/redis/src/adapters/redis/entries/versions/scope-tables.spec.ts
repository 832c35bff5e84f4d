import { describe, expect, test } from 'vitest';
import { InternalKeys } from '../../../../domain/models/internal-keys.js';
import { ScopeTables } from './scope-tables.js';

const KEYS = new InternalKeys('app:');
const tablesOf = (...prefixes: [string, ...string[]]): ScopeTables => new ScopeTables(KEYS, { prefixes });
const records = (...texts: readonly (string | undefined)[]): (Buffer | undefined)[] =>
  texts.map((text) => (text === undefined ? undefined : Buffer.from(text)));

describe('the tables of a scope', () => {
  test('have keys of one slot: the tables, then the tag versions of each', () => {
    const { keys, floors, tags, own } = tablesOf('cache:', 'cache:users::');
    expect(keys).toEqual(['app:~v:{cache:}', 'app:~v:{cache:}users::', 'app:~t:{cache:}', 'app:~t:{cache:}users::']);
    expect([floors, tags, own]).toEqual([keys.slice(0, 2), keys[3], keys[1]]);
  });

  test('combine the newest floor, the tags of the own table and the clock of the root', () => {
    const tables = tablesOf('cache:', 'cache:users::');
    expect(tables.read(records('5 5 4 9', '7 7 6'))).toEqual({ clock: 9, floor: 7, tagged: 6, isSweeping: false });
    expect(tables.read(records('8 8 4 9', '7 7 6'))).toEqual({ clock: 9, floor: 8, tagged: 6, isSweeping: false });
  });

  test('are being swept while any floor is not', () => {
    const tables = tablesOf('cache:', 'cache:users::');
    expect(tables.read(records('8 5 4 9', '7 7 6'))?.isSweeping).toBe(true);
    expect(tables.read(records('8 8 4 9', '7 3 6'))?.isSweeping).toBe(true);
  });

  test('return the same object while the bytes do not change', () => {
    const tables = tablesOf('cache:');
    const first = tables.read(records('5 5 4 9'));
    expect(tables.read(records('5 5 4 9'))).toBe(first);
    expect(tables.read(records('5 5 4 10'))).not.toBe(first);
  });

  test('return the versions of the records of an earlier reply after those of a later one', () => {
    const tables = tablesOf('cache:');
    const [earlier, later] = [records('5 5 4 9'), records('6 6 4 10')];
    const clocks = [earlier, earlier, later, later, earlier].map((each) => tables.read(each)?.clock);
    expect(clocks).toEqual([9, 9, 10, 10, 9]);
  });

  test('keep their versions when the buffer of a reply is used again', () => {
    const tables = tablesOf('cache:');
    const [bytes] = records('5 5 4 9');
    const first = tables.read([bytes]);
    bytes?.write('6');
    expect(tables.read(records('5 5 4 9'))).toBe(first);
  });

  test.each([undefined, '', 'x', '5 5', '5 5 4', '5 5 4 x', '5 5 4 1.5', '5 5 4 1e400'])(
    'are missing if the record of the root is %j',
    (text) => {
      expect(tablesOf('cache:').read(records(text))).toBeUndefined();
    },
  );

  test('are missing if one of them is, although all were there before', () => {
    const tables = tablesOf('cache:', 'cache:users::');
    expect(tables.read(records('5 5 4 9', '7 7 6'))).toBeDefined();
    expect(tables.read(records('5 5 4 9', undefined))).toBeUndefined();
    expect(tables.read(records(undefined, '7 7 6'))).toBeUndefined();
  });
});
